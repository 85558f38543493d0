with balances as (
    select
        customer_id,
        currency,
        product_id,
        month_start,
        mrr_amount,
        reporting_mrr_amount
    from {{ ref('int_mrr_by_customer_product_month') }}
    where mrr_amount <> 0
),

movements as (
    select * from {{ ref('int_mrr_movements_converted') }}
),

customers as (
    select
        customer_id,
        segment,
        country_code
    from {{ ref('int_customers_described') }}
),

products as (
    select
        product_id,
        product_line
    from {{ ref('input_products') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

bases as (
    select 'daily' as basis
    union all
    select 'month_end' as basis
),

-- One row a happening: what a month closed with, what the next therefore opened with, and what moved between.
measured as (
    select
        bases.basis,
        'closing' as measure,
        balances.month_start,
        balances.customer_id,
        balances.currency,
        balances.product_id,
        balances.mrr_amount,
        balances.reporting_mrr_amount
    from balances
    cross join bases
    union all
    select
        bases.basis,
        'opening' as measure,
        {{ months_later('balances.month_start', 1) }} as month_start,
        balances.customer_id,
        balances.currency,
        balances.product_id,
        balances.mrr_amount,
        balances.reporting_mrr_amount
    from balances
    cross join bases
    cross join as_of
    where {{ months_later('balances.month_start', 1) }} <= as_of.as_of_on
    union all
    select
        basis,
        movement_type as measure,
        month_start,
        customer_id,
        currency,
        product_id,
        mrr_amount,
        reporting_mrr_amount
    from movements
),

cells as (
    select
        measured.basis,
        measured.measure,
        measured.month_start,
        measured.currency,
        coalesce(products.product_line, 'unknown') as product_line,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.country_code, 'unknown') as country_code,
        cast(sum(measured.mrr_amount) as decimal(18, 2)) as mrr_amount,
        cast(sum(measured.reporting_mrr_amount) as decimal(18, 2)) as reporting_mrr_amount
    from measured
    left join customers on measured.customer_id = customers.customer_id
    left join products on measured.product_id = products.product_id
    group by
        measured.basis,
        measured.measure,
        measured.month_start,
        measured.currency,
        coalesce(products.product_line, 'unknown'),
        coalesce(customers.segment, 'unknown'),
        coalesce(customers.country_code, 'unknown')
)

select * from cells
