{% set cancel_at = choice('mrr_cancel_at', ['service_end', 'scheduled']) %}
{% set paused = choice('mrr_paused', ['zero', 'unchanged']) %}
{% set counts_metered = 'true' if var('mrr_metered') else 'false' %}
{% set grace_days = 'null' if var('mrr_past_due_grace_days') is none else var('mrr_past_due_grace_days') %}

with items as (
    select
        subscription_item_interval_id as interval_key,
        subscription_item_id,
        subscription_id,
        billing_customer_id,
        product_id,
        contract_id,
        status,
        unit_amount,
        quantity,
        currency,
        billing_interval,
        billing_interval_count,
        is_metered,
        cancels_on,
        valid_from,
        valid_to
    from {{ ref('input_subscription_items') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

neighbours as (
    select
        *,
        case
            when
                status = 'past_due'
                and lag(status) over (partition by subscription_item_id order by valid_from) = 'past_due'
                and lag(valid_to) over (partition by subscription_item_id order by valid_from) = valid_from
                then 0
            else 1
        end as starts_spell
    from items
),

numbered as (
    select
        *,
        sum(starts_spell) over (partition by subscription_item_id order by valid_from rows unbounded preceding) as spell_number
    from neighbours
),

spells as (
    select
        *,
        -- A change of price while payment is late does not begin a new period of grace.
        min(valid_from) over (partition by subscription_item_id, spell_number) as spell_started_on
    from numbered
),

counted as (
    select
        spells.interval_key,
        spells.subscription_item_id,
        spells.subscription_id,
        spells.billing_customer_id,
        spells.product_id,
        spells.contract_id,
        spells.currency,
        spells.unit_amount,
        spells.quantity,
        -- Periods a year over intervals counted: 12 / 3 for a price every three months.
        case spells.billing_interval
            when 'day' then 365
            when 'week' then 52
            when 'month' then 12
            when 'quarter' then 4
            when 'half_year' then 2
            when 'year' then 1
        end as annual_numerator,
        spells.billing_interval_count as annual_denominator,
        spells.status = 'signed' as is_signed,
        spells.cancels_on,
        spells.valid_from,
        -- Without days of grace the sum is null, which least passes over.
        case
            when spells.status = 'past_due' then least(spells.valid_to, {{ days_later('spells.spell_started_on', grace_days) }})
            else spells.valid_to
        end as valid_to
    from spells
    cross join as_of
    where
        spells.billing_interval <> 'one_off'
        -- What is signed counts for committed MRR alone, and only until its service begins.
        and (
            spells.status in ('active', 'past_due')
            or (spells.status = 'paused' and '{{ paused }}' = 'unchanged')
            or (spells.status = 'signed' and spells.valid_from > as_of.as_of_on)
        )
        and ({{ counts_metered }} or not coalesce(spells.is_metered, false))
        and ('{{ cancel_at }}' = 'service_end' or spells.cancels_on is null)
)

select * from counted
where valid_to is null or valid_from < valid_to
