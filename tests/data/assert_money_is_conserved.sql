-- From what billing charges to what the marts show, no cent is lost: charges and annualised amounts of active items, bookings.
{% set basis = choice('mrr_basis', ['contracted', 'invoiced']) %}

with as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- What counts under every setting of the vars: active, recurring, licensed, not about to end.
charged as (
    select
        items.subscription_item_interval_id as interval_key,
        items.currency,
        {{ prorated('items.unit_amount', times='items.quantity') }} as amount
    from {{ ref('input_subscription_items') }} as items
    cross join as_of
    where
        '{{ basis }}' = 'contracted'
        and items.status = 'active'
        and items.billing_interval <> 'one_off'
        and not coalesce(items.is_metered, false)
        and items.cancels_on is null
        and items.valid_from <= as_of.as_of_on
        and (items.valid_to is null or items.valid_to > as_of.as_of_on)
),

charges as (
    select
        currency,
        sum(amount) as amount
    from charged
    group by currency
),

priced_charges as (
    select
        charged.currency,
        sum(charged.amount) as amount
    from {{ ref('int_mrr_segments_priced') }} as segments
    inner join charged on segments.interval_key = charged.interval_key
    cross join as_of
    where
        segments.segment_from <= as_of.as_of_on
        and (segments.segment_to is null or segments.segment_to > as_of.as_of_on)
    group by charged.currency
),

segments as (
    select
        segments.currency,
        sum(segments.annualised_amount) as amount
    from {{ ref('int_mrr_segments_priced') }} as segments
    cross join as_of
    where
        not segments.is_signed
        and segments.segment_from <= as_of.as_of_on
        and (segments.segment_to is null or segments.segment_to > as_of.as_of_on)
    group by segments.currency
),

balances as (
    select
        balances.currency,
        sum(balances.annualised_amount) as amount
    from {{ ref('int_mrr_by_customer_product_month') }} as balances
    cross join as_of
    where balances.month_start = {{ month_start('as_of.as_of_on') }}
    group by balances.currency
),

metrics as (
    select
        metrics.currency,
        metrics.arr_amount as amount
    from {{ ref('fct_mrr_metrics_by_month') }} as metrics
    cross join as_of
    where metrics.conversion = 'local' and metrics.month_start = {{ month_start('as_of.as_of_on') }}
),

committed as (
    select
        currency,
        sum(active_mrr_amount) as amount
    from {{ ref('fct_committed_mrr_by_customer') }}
    group by currency
),

latest as (
    select
        customer_months.currency,
        sum(customer_months.mrr_amount) as amount
    from {{ ref('fct_mrr_by_customer_month') }} as customer_months
    cross join as_of
    where customer_months.month_start = {{ month_start('as_of.as_of_on') }}
    group by customer_months.currency
),

opportunities as (
    select
        currency,
        sum(amount) as amount
    from {{ ref('input_opportunities') }}
    where is_won
    group by currency
),

bookings as (
    select
        currency,
        sum(contracted_amount) as amount
    from {{ ref('fct_bookings_vs_billing') }}
    group by currency
),

compared as (
    {% for what, before, after in [
        ('charges of active items', 'charges', 'priced_charges'),
        ('annualised amounts of items', 'segments', 'balances'),
        ('ARR', 'balances', 'metrics'),
        ('MRR of active items', 'latest', 'committed'),
        ('booked amounts', 'opportunities', 'bookings'),
    ] -%}
    select
        '{{ what }}' as what,
        coalesce({{ before }}.currency, {{ after }}.currency) as currency,
        coalesce({{ before }}.amount, 0) as amount_before,
        coalesce({{ after }}.amount, 0) as amount_after
    from {{ before }}
    full outer join {{ after }} on {{ before }}.currency = {{ after }}.currency
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select * from compared
where amount_before <> amount_after
