-- What customers earned is what the product lines of the bridge earned at their margins, but for rounding: half a cent for each balance.
with bridge as (
    select
        lower(slice_value) as product_line,
        month_start,
        closing_mrr_amount
    from {{ ref('fct_mrr_bridge_by_month') }}
    where basis = 'daily' and conversion = 'reporting' and slice = 'product_line'
),

margins as (
    select
        bridge.product_line,
        bridge.month_start,
        max_by(margins.gross_margin_rate, margins.month_start) as gross_margin_rate
    from bridge
    inner join {{ ref('input_gross_margins') }} as margins
        on
            bridge.product_line = margins.product_line
            and bridge.month_start >= margins.month_start
    group by bridge.product_line, bridge.month_start
),

expected as (
    select
        bridge.month_start,
        sum(bridge.closing_mrr_amount) as margin_mrr_amount,
        sum(bridge.closing_mrr_amount * margins.gross_margin_rate) as gross_profit_amount
    from bridge
    inner join margins
        on
            bridge.product_line = margins.product_line
            and bridge.month_start = margins.month_start
    group by bridge.month_start
),

balances as (
    select
        month_start,
        count(*) as rounded_count
    from {{ ref('int_mrr_by_customer_product_month') }}
    group by month_start
),

earned as (
    select
        month_start,
        sum(margin_mrr_amount) as margin_mrr_amount,
        sum(known_gross_profit_amount) as gross_profit_amount
    from {{ ref('int_gross_profit_by_customer_month') }}
    group by month_start
)

select
    balances.month_start,
    earned.margin_mrr_amount,
    expected.margin_mrr_amount as expected_margin_mrr_amount,
    earned.gross_profit_amount,
    expected.gross_profit_amount as expected_gross_profit_amount
from balances
left join earned on balances.month_start = earned.month_start
left join expected on balances.month_start = expected.month_start
where
    coalesce(earned.margin_mrr_amount, 0) <> coalesce(expected.margin_mrr_amount, 0)
    or abs(coalesce(earned.gross_profit_amount, 0) - coalesce(expected.gross_profit_amount, 0)) * 200 > balances.rounded_count
