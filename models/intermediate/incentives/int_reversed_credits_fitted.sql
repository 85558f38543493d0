{% set taken_amount = money_share(
    'given_amount', times=[['claimed_amount', 2]], over=[['event_amount', 2]], minor_unit_digits='minor_unit_digits'
) %}

with reversals as (
    select * from {{ ref('int_reversals_dated') }}
),

credits as (
    select * from {{ ref('int_credits_given') }}
),

-- What of an event is taken back before a reversal and with it; the reversal's own is the difference.
points as (
    select
        event_key,
        reversed_event_key,
        event_amount,
        minor_unit_digits,
        'before' as cut,
        claimed_before as claimed_amount
    from reversals
    union all
    select
        event_key,
        reversed_event_key,
        event_amount,
        minor_unit_digits,
        'to_date' as cut,
        claimed_to_date as claimed_amount
    from reversals
),

weighed as (
    select
        points.event_key,
        points.cut,
        points.event_amount,
        points.minor_unit_digits,
        points.claimed_amount,
        abs(points.claimed_amount) as absolute_claimed_amount,
        credits.component_code,
        credits.payee_id,
        credits.credit_kind,
        credits.uncredited_reason,
        credits.credit_percent,
        credits.credit_amount as given_amount,
        abs(credits.credit_amount) as absolute_given_amount
    from points
    inner join credits on points.reversed_event_key = credits.event_key
    where points.event_amount <> 0
),

revenue as (
    select * from weighed
    where credit_kind = 'revenue'
),

-- Together they are what the event lost, at every reversal, to the last cent.
shared_revenue as (
    {{ largest_remainder(
        'revenue',
        [
            'event_key', 'cut', 'component_code', 'payee_id', 'credit_kind', 'uncredited_reason', 'credit_percent', 'claimed_amount',
        ],
        partition_by=['event_key', 'cut', 'component_code'],
        whole='absolute_claimed_amount',
        weight='absolute_given_amount',
        tie_breaker='payee_id',
        share='absolute_amount',
        minor_unit_digits='minor_unit_digits'
    ) }}
),

claimed as (
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        uncredited_reason,
        credit_percent,
        case when (cut = 'to_date') = (claimed_amount < 0) then absolute_amount else -absolute_amount end as credit_amount
    from shared_revenue
    union all
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        uncredited_reason,
        credit_percent,
        case cut when 'to_date' then -{{ taken_amount }} else {{ taken_amount }} end as credit_amount
    from weighed
    where credit_kind <> 'revenue'
),

fitted as (
    select
        event_key,
        component_code,
        payee_id,
        credit_kind,
        uncredited_reason,
        credit_percent,
        cast(sum(credit_amount) as decimal(18, 2)) as credit_amount
    from claimed
    group by event_key, component_code, payee_id, credit_kind, uncredited_reason, credit_percent
)

select * from fitted
