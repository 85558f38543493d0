{% set open_categories = ['commit', 'most_likely', 'best_case', 'pipeline', 'omitted', 'unmapped'] %}
{% set listed = "'" ~ open_categories | join("', '") ~ "'" %}

with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

open_deals as (
    select deals.*
    from {{ ref('int_open_deals_weighed') }} as deals
    inner join as_of on deals.snapshot_on = as_of.as_of_on
),

won_states as (
    select states.*
    from {{ ref('int_opportunities_at') }} as states
    inner join as_of
        on
            states.valid_from_on <= as_of.as_of_on
            and (states.valid_to_on is null or states.valid_to_on > as_of.as_of_on)
    where states.is_won and not states.is_deleted
),

deals as (
    select
        owner_user_id,
        opportunity_type,
        {{ fiscal_period_start('coalesce(expected_close_on, snapshot_on)', "'quarter'") }} as quarter_start,
        -- An open deal is never closed business, whatever its category says.
        case when forecast_category in ({{ listed }}) then forecast_category else 'unmapped' end as category,
        coalesce(reporting_amount, 0) as amount,
        {{ prorated('coalesce(reporting_amount, 0)', 'win_probability') }} as weighted_amount,
        {{ prorated('coalesce(reporting_amount, 0)', 'coalesce(crm_probability, 0)') }} as crm_weighted_amount
    from open_deals
    union all
    select
        coalesce(owner_user_id, 'unknown') as owner_user_id,
        coalesce(opportunity_type, 'unmapped') as opportunity_type,
        {{ fiscal_period_start('coalesce(expected_close_on, stage_entered_on)', "'quarter'") }} as quarter_start,
        'closed' as category,
        coalesce(reporting_amount, 0) as amount,
        0 as weighted_amount,
        0 as crm_weighted_amount
    from won_states
),

summed as (
    select
        owner_user_id,
        quarter_start,
        opportunity_type,
        {% for category in ['closed'] + open_categories %}
        cast(sum(case when category = '{{ category }}' then amount else 0 end) as decimal(18, 2)) as {{ category }}_amount,
        {% endfor %}
        -- What is left out of the forecast is left out of what weighs it.
        cast(sum(case when category <> 'omitted' then weighted_amount else 0 end) as decimal(18, 2)) as weighted_amount,
        cast(sum(case when category <> 'omitted' then crm_weighted_amount else 0 end) as decimal(18, 2)) as crm_weighted_amount,
        count(case when category = 'closed' then 1 end) as closed_count,
        count(case when category not in ('closed', 'omitted') then 1 end) as open_count
    from deals
    group by owner_user_id, quarter_start, opportunity_type
)

select * from summed
