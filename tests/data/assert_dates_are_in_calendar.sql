-- A month outside the calendar would drop out of every monthly mart.
with calendar as (
    select
        min(day_on) as first_on,
        max(day_on) as last_on
    from {{ ref('int_days_spanned') }}
),

changes as (
    select
        subscription_item_id,
        occurred_on
    from {{ ref('int_mrr_changes') }}
)

select
    changes.subscription_item_id,
    changes.occurred_on,
    calendar.first_on,
    calendar.last_on
from changes
cross join calendar
where changes.occurred_on < calendar.first_on or changes.occurred_on > calendar.last_on
