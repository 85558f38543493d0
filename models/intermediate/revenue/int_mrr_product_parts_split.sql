with changes as (
    select
        customer_id,
        currency,
        product_id,
        occurred_on,
        mrr_amount,
        annualised_amount
    from {{ ref('int_mrr_changes') }}
    where mrr_amount <> 0
),

by_basis as (
    select
        'daily' as basis,
        customer_id,
        currency,
        occurred_on as period_on,
        product_id,
        cast(sum(mrr_amount) as decimal(18, 2)) as mrr_amount
    from changes
    group by customer_id, currency, occurred_on, product_id
    union all
    select
        'month_end' as basis,
        customer_id,
        currency,
        {{ month_start('occurred_on') }} as period_on,
        product_id,
        cast(sum(mrr_amount) as decimal(18, 2)) as mrr_amount
    from changes
    group by customer_id, currency, {{ month_start('occurred_on') }}, product_id
),

netted as (
    select
        *,
        cast(sum(mrr_amount) over (partition by basis, customer_id, currency, period_on) as decimal(18, 2)) as net_mrr_amount
    from by_basis
),

-- What runs against the net goes to another product, or comes from one: a transfer, neither won nor lost.
opposed as (
    select
        *,
        case
            when net_mrr_amount <> 0 and sign(mrr_amount) <> sign(net_mrr_amount) then abs(mrr_amount)
            else 0
        end as against_amount,
        case when sign(mrr_amount) = sign(net_mrr_amount) then abs(mrr_amount) else 0 end as along_amount
    from netted
),

summed as (
    select
        *,
        sum(against_amount) over (partition by basis, customer_id, currency, period_on) as transferred_amount
    from opposed
),

shared as (
    {{ largest_remainder(
        'summed',
        ['basis', 'customer_id', 'currency', 'period_on', 'product_id', 'mrr_amount', 'net_mrr_amount', 'along_amount'],
        partition_by=['basis', 'customer_id', 'currency', 'period_on'],
        whole='transferred_amount',
        weight='along_amount',
        tie_breaker='product_id',
        share='counterpart_amount'
    ) }}
),

split as (
    select
        basis,
        customer_id,
        currency,
        period_on,
        product_id,
        mrr_amount,
        net_mrr_amount,
        cast(
            case when along_amount > 0 then sign(mrr_amount) * counterpart_amount else mrr_amount end as decimal(18, 2)
        ) as transfer_mrr_amount
    from shared
)

select
    *,
    cast(mrr_amount - transfer_mrr_amount as decimal(18, 2)) as movement_mrr_amount
from split
