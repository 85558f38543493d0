with points as (
    select * from {{ ref('int_opportunity_points_united') }}
),

compared as (
    select
        *,
        lag(stage_code) over (partition by opportunity_id order by change_number) as previous_stage_code,
        lag(is_deleted) over (partition by opportunity_id order by change_number) as was_deleted
    from points
),

-- Changes that leave a deal in its stage belong to one visit; being deleted is none.
numbered as (
    select
        *,
        sum(case when stage_code = previous_stage_code and is_deleted = was_deleted then 0 else 1 end) over (
            partition by opportunity_id order by change_number rows between unbounded preceding and current row
        ) as stretch
    from compared
),

stretches as (
    select
        opportunity_id,
        stretch,
        stage_code,
        is_deleted,
        min(changed_at) as entered_at,
        min(changed_on) as entered_on,
        max_by(owner_user_id, change_number) as owner_user_id,
        max_by(currency, change_number) filter (where currency is not null) as currency,
        max(case when is_history_missing then 1 else 0 end) = 1 as is_history_missing,
        max(change_number) as last_change_number
    from numbered
    group by opportunity_id, stretch, stage_code, is_deleted
),

followed as (
    select
        stretches.*,
        points.amount,
        points.reporting_amount,
        lead(stretches.entered_at) over next_stretch as left_at,
        lead(stretches.entered_on) over next_stretch as left_on,
        case when not lead(stretches.is_deleted) over next_stretch then lead(stretches.stage_code) over next_stretch end as next_stage_code
    from stretches
    inner join points on stretches.opportunity_id = points.opportunity_id and stretches.last_change_number = points.change_number
    window next_stretch as (partition by stretches.opportunity_id order by stretches.stretch)
),

visits as (
    select
        opportunity_id,
        cast(row_number() over (partition by opportunity_id order by stretch) as int) as visit_number,
        stage_code,
        entered_at,
        left_at,
        entered_on,
        left_on,
        next_stage_code,
        owner_user_id,
        amount,
        reporting_amount,
        currency,
        is_history_missing
    from followed
    where not is_deleted
)

select * from visits
