with bridge as (
    select * from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and slice = 'total'
),

customer_months as (
    select * from {{ ref('fct_mrr_by_customer_month') }}
),

contracts as (
    select * from {{ ref('int_contracts_by_month') }}
),

balances as (
    select * from {{ ref('int_mrr_by_customer_product_month') }}
),

customers as (
    select
        'local' as conversion,
        currency,
        month_start,
        count(*) as customer_count
    from customer_months
    group by currency, month_start
    union all
    select
        'reporting' as conversion,
        '{{ var("reporting_currency") }}' as currency,
        month_start,
        -- A customer that pays in two currencies is one customer.
        count(distinct customer_id) as customer_count
    from customer_months
    group by month_start
),

annualised as (
    select
        'local' as conversion,
        currency,
        month_start,
        sum(annualised_amount) as arr_amount
    from balances
    group by currency, month_start
    union all
    select
        'reporting' as conversion,
        '{{ var("reporting_currency") }}' as currency,
        month_start,
        sum(reporting_annualised_amount) as arr_amount
    from balances
    group by month_start
),

contracted as (
    select
        'local' as conversion,
        currency,
        month_start,
        sum(acv_amount) as acv_amount,
        count(*) as contract_count
    from contracts
    group by currency, month_start
    union all
    select
        'reporting' as conversion,
        '{{ var("reporting_currency") }}' as currency,
        month_start,
        sum(reporting_acv_amount) as acv_amount,
        count(*) as contract_count
    from contracts
    group by month_start
),

fct_mrr_metrics_by_month as (
    select
        bridge.conversion,
        bridge.currency,
        bridge.month_start,
        bridge.closing_mrr_amount as mrr_amount,
        cast(coalesce(annualised.arr_amount, 0) as decimal(18, 2)) as arr_amount,
        coalesce(customers.customer_count, 0) as customer_count,
        {{ prorated('bridge.closing_mrr_amount', '1', 'customers.customer_count') }} as arpa_amount,
        {{ prorated('bridge.closing_mrr_amount - bridge.opening_mrr_amount', '1', 'bridge.opening_mrr_amount', 6) }} as mrr_growth_rate,
        -- Null where nothing was lost: no company is infinitely quick.
        {{ prorated(
            'bridge.new_mrr_amount + bridge.reactivation_mrr_amount + bridge.expansion_mrr_amount',
            '1',
            '-(bridge.contraction_mrr_amount + bridge.churn_mrr_amount)',
            6
        ) }} as quick_ratio,
        cast(coalesce(contracted.acv_amount, 0) as decimal(18, 2)) as acv_amount,
        coalesce(contracted.contract_count, 0) as contract_count,
        bridge.is_partial
    from bridge
    left join customers
        on
            bridge.conversion = customers.conversion
            and bridge.currency = customers.currency
            and bridge.month_start = customers.month_start
    left join annualised
        on
            bridge.conversion = annualised.conversion
            and bridge.currency = annualised.currency
            and bridge.month_start = annualised.month_start
    left join contracted
        on
            bridge.conversion = contracted.conversion
            and bridge.currency = contracted.currency
            and bridge.month_start = contracted.month_start
)

select * from fct_mrr_metrics_by_month
