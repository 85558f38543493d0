with product_parts as (
    select * from {{ ref('int_mrr_product_parts_split') }}
),

movements as (
    select
        basis,
        customer_id,
        currency,
        period_on,
        movement_type
    from {{ ref('int_mrr_movements_typed') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

rated as (
    select
        product_parts.*,
        {{ month_start('product_parts.period_on') }} as month_start,
        rates.rate
    from product_parts
    left join rates
        on
            product_parts.currency = rates.from_currency
            and {{ month_start('product_parts.period_on') }} = rates.month_start
),

transfers as (
    select
        *,
        transfer_mrr_amount > 0 as is_received,
        abs(transfer_mrr_amount) as transferred_amount,
        {{ prorated(
            'sum(abs(transfer_mrr_amount)) over (partition by basis, customer_id, currency, period_on, transfer_mrr_amount > 0)',
            'rate'
        ) }} as reporting_transferred_amount
    from rated
    where transfer_mrr_amount <> 0
),

-- What one product gives, another gets: both sides share one rounded amount, so that transfers also vanish in reporting currency.
shared_transfers as (
    {{ largest_remainder(
        'transfers',
        ['basis', 'customer_id', 'currency', 'product_id', 'month_start', 'period_on', 'transfer_mrr_amount'],
        partition_by=['basis', 'customer_id', 'currency', 'period_on', 'is_received'],
        whole='reporting_transferred_amount',
        weight='transferred_amount',
        tie_breaker='product_id',
        share='reporting_share_amount'
    ) }}
),

converted as (
    select
        rated.basis,
        rated.customer_id,
        rated.currency,
        rated.product_id,
        rated.month_start,
        rated.period_on,
        movements.movement_type,
        rated.movement_mrr_amount as mrr_amount,
        {{ prorated('rated.movement_mrr_amount', 'rated.rate') }} as reporting_mrr_amount
    from rated
    inner join movements
        on
            rated.basis = movements.basis
            and rated.customer_id = movements.customer_id
            and rated.currency = movements.currency
            and rated.period_on = movements.period_on
    where rated.movement_mrr_amount <> 0
    union all
    select
        basis,
        customer_id,
        currency,
        product_id,
        month_start,
        period_on,
        'transfer' as movement_type,
        transfer_mrr_amount as mrr_amount,
        cast(sign(transfer_mrr_amount) * reporting_share_amount as decimal(18, 2)) as reporting_mrr_amount
    from shared_transfers
)

select * from converted
