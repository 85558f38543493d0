with reversals as (
    select
        event_key,
        reversed_event_key,
        occurred_on,
        -amount as reversed_amount
    from {{ ref('int_incentive_events') }}
    where reversed_event_key is not null
),

events as (
    select
        event_key,
        amount,
        currency
    from {{ ref('int_incentive_events') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

-- Signs of the event, so that what a refund of a refund gives back is a negative reversal.
running as (
    select
        reversals.event_key,
        reversals.reversed_event_key,
        events.amount as event_amount,
        currencies.minor_unit_digits,
        sum(reversals.reversed_amount) over in_order as reversed_to_date,
        -- In parentheses: Spark takes a minus behind a window's name for a part of the name.
        (sum(reversals.reversed_amount) over in_order) - reversals.reversed_amount as reversed_before,
        lead(reversals.event_key) over (
            partition by reversals.reversed_event_key
            order by reversals.occurred_on, reversals.event_key
        ) is null as is_latest
    from reversals
    inner join events on reversals.reversed_event_key = events.event_key
    inner join currencies on events.currency = currencies.currency_code
    window in_order as (
        partition by reversals.reversed_event_key
        order by reversals.occurred_on, reversals.event_key
        rows unbounded preceding
    )
),

-- No more can be taken back of what an event paid than all of it, nor less than nothing; what is claimed is credited as it is.
dated as (
    select
        event_key,
        reversed_event_key,
        is_latest,
        event_amount,
        minor_unit_digits,
        cast(reversed_before as decimal(18, 2)) as claimed_before,
        cast(reversed_to_date as decimal(18, 2)) as claimed_to_date,
        cast(case
            when event_amount < 0 then greatest(least(reversed_before, 0), event_amount)
            else least(greatest(reversed_before, 0), event_amount)
        end as decimal(18, 2)) as reversed_before,
        cast(case
            when event_amount < 0 then greatest(least(reversed_to_date, 0), event_amount)
            else least(greatest(reversed_to_date, 0), event_amount)
        end as decimal(18, 2)) as reversed_to_date
    from running
)

select * from dated
