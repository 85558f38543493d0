with claims as (
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        uncredited_reason,
        weight
    from {{ ref('int_credit_claims_placed') }}
    where credit_kind = 'revenue'
),

parts as (
    select
        event_key,
        part_key,
        amount,
        currency
    from {{ ref('int_event_parts_listed') }}
),

currencies as (
    select
        currency_code,
        minor_unit_digits
    from {{ ref('currencies') }}
),

-- Rules that leave a part of the event to nobody. Equal shares of three people are short of the whole only beyond the sixth digit.
left_over as (
    select
        event_key,
        part_key,
        component_code,
        'uncredited' as payee_id,
        'rules_not_100_percent' as uncredited_reason,
        cast(1 - round(sum(weight), 6) as decimal(18, 12)) as weight
    from claims
    group by event_key, part_key, component_code
    having round(sum(weight), 6) < 1
),

claimed as (
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        min(uncredited_reason) as uncredited_reason,
        cast(sum(weight) as decimal(18, 12)) as weight
    from (
        select * from claims
        union all
        select * from left_over
    ) as all_claims
    group by event_key, part_key, component_code, payee_id
),

weighed as (
    select
        claimed.*,
        parts.amount,
        abs(parts.amount) as absolute_amount,
        coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
    from claimed
    inner join parts
        on
            claimed.event_key = parts.event_key
            and claimed.part_key = parts.part_key
    left join currencies on parts.currency = currencies.currency_code
    -- What has no amount has no currency, and its share is all that counts; a currency without minor units is none that can be paid in.
    where parts.currency is null or currencies.currency_code is not null
),

-- On absolute values, so that a loss is shared like the gain of its size.
shared as (
    {{ largest_remainder(
        'weighed',
        ['event_key', 'part_key', 'component_code', 'payee_id', 'uncredited_reason', 'weight', 'amount'],
        partition_by=['event_key', 'part_key', 'component_code'],
        whole='absolute_amount',
        weight='weight',
        tie_breaker='payee_id',
        share='absolute_credit_amount',
        weight_digits=12,
        minor_unit_digits='minor_unit_digits'
    ) }}
),

split as (
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        uncredited_reason,
        weight,
        cast(sign(amount) * absolute_credit_amount as decimal(18, 2)) as credit_amount
    from shared
)

select * from split
where payee_id <> 'uncredited' or credit_amount <> 0
