{% set state = ['stage_name', 'amount', 'currency', 'forecast_category', 'probability', 'owner_user_id', 'is_deleted'] %}

with changes as (
    select * from {{ ref('input_opportunity_stage_changes') }}
),

missing as (
    select * from {{ ref('int_opportunity_changes_missing') }}
),

united as (
    select
        opportunity_id,
        changed_at,
        {{ business_date('changed_at') }} as changed_on,
        'told' as kind,
        close_on,
        {{ state | join(',
        ') }}
    from changes
    union all
    select
        opportunity_id,
        changed_at,
        changed_on,
        kind,
        closed_on as close_on,
        {{ state | join(',
        ') }}
    from missing
),

ordered as (
    select
        *,
        case kind when 'beginning' then 1 when 'told' then 2 else 3 end as place
    from united
),

numbered as (
    select
        *,
        row_number() over (partition by opportunity_id order by changed_at, place) as change_number,
        row_number() over (partition by opportunity_id order by changed_at desc, place desc) = 1 as is_last
    from ordered
),

first_owners as (
    select
        opportunity_id,
        min(change_number) as change_number,
        min_by(owner_user_id, change_number) as owner_user_id
    from numbered
    where owner_user_id is not null
    group by opportunity_id
),

owned as (
    select
        numbered.opportunity_id,
        cast(numbered.change_number as int) as change_number,
        numbered.is_last,
        numbered.changed_at,
        numbered.changed_on,
        numbered.kind <> 'told' as is_history_missing,
        numbered.stage_name,
        numbered.amount,
        numbered.currency,
        numbered.close_on,
        numbered.forecast_category,
        numbered.probability,
        -- What the history began with had been so before, as far as anybody knows.
        coalesce(
            numbered.owner_user_id,
            case when numbered.change_number < first_owners.change_number then first_owners.owner_user_id end
        ) as owner_user_id,
        numbered.is_deleted
    from numbered
    left join first_owners on numbered.opportunity_id = first_owners.opportunity_id
)

select * from owned
