with deals as (
    select
        snapshot_on,
        quarter_start,
        owner_user_id,
        opportunity_type,
        coalesce(reporting_amount, 0) as amount,
        quarter_win_probability,
        -- The CRM knows no quarter: its probability is taken for deals that are said to close in it.
        case when is_expected then coalesce(crm_probability, 0) else 0 end as crm_probability
    from {{ ref('int_open_deals_weighed') }}
    where forecast_category <> 'omitted'
),

open_pipeline as (
    select
        snapshot_on,
        quarter_start,
        owner_user_id,
        opportunity_type,
        count(*) as open_count,
        cast(sum(amount) as decimal(18, 2)) as open_amount,
        cast(sum({{ prorated('amount', 'quarter_win_probability') }}) as decimal(18, 2)) as expected_amount,
        cast(sum({{ win_variance('amount', 'quarter_win_probability') }}) as decimal(28, 0)) as variance,
        cast(sum({{ prorated('amount', 'crm_probability') }}) as decimal(18, 2)) as crm_expected_amount,
        cast(sum({{ win_variance('amount', 'crm_probability') }}) as decimal(28, 0)) as crm_variance
    from deals
    group by snapshot_on, quarter_start, owner_user_id, opportunity_type
),

bookings as (
    select * from {{ ref('int_bookings_by_owner_day') }}
),

weeks as (
    select snapshot_on from {{ ref('int_snapshot_weeks') }}
),

bookings_by_week as (
    select bookings.*
    from bookings
    inner join weeks on bookings.day_on = weeks.snapshot_on
),

joined as (
    select
        coalesce(open_pipeline.snapshot_on, bookings_by_week.day_on) as snapshot_on,
        coalesce(open_pipeline.quarter_start, bookings_by_week.quarter_start) as quarter_start,
        coalesce(open_pipeline.owner_user_id, bookings_by_week.owner_user_id) as owner_user_id,
        coalesce(open_pipeline.opportunity_type, bookings_by_week.opportunity_type) as opportunity_type,
        coalesce(bookings_by_week.closed_amount, 0) as closed_amount,
        coalesce(open_pipeline.open_count, 0) as open_count,
        coalesce(open_pipeline.open_amount, 0) as open_amount,
        coalesce(open_pipeline.expected_amount, 0) as expected_amount,
        coalesce(open_pipeline.variance, 0) as variance,
        coalesce(open_pipeline.crm_expected_amount, 0) as crm_expected_amount,
        coalesce(open_pipeline.crm_variance, 0) as crm_variance
    from open_pipeline
    full outer join bookings_by_week
        on
            open_pipeline.snapshot_on = bookings_by_week.day_on
            and open_pipeline.owner_user_id = bookings_by_week.owner_user_id
            and open_pipeline.opportunity_type = bookings_by_week.opportunity_type
)

select * from joined
