with claims as (
    select
        event_key,
        part_key,
        component_code,
        payee_id,
        weight
    from {{ ref('int_credit_claims_placed') }}
    where credit_kind = 'overlay'
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

-- Beside the revenue, so that nobody's overlay depends on what the others have.
rounded as (
    select
        claims.event_key,
        claims.part_key,
        claims.component_code,
        claims.payee_id,
        claims.weight,
        {{ money_share(
            'parts.amount', times=[['claims.weight', 12]], minor_unit_digits='coalesce(currencies.minor_unit_digits, 2)'
        ) }} as credit_amount
    from claims
    inner join parts
        on
            claims.event_key = parts.event_key
            and claims.part_key = parts.part_key
    left join currencies on parts.currency = currencies.currency_code
    -- What has no amount has no currency, and its share is all that counts.
    where parts.currency is null or currencies.currency_code is not null
)

select * from rounded
