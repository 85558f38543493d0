with parts as (
    select
        basis,
        customer_id,
        currency,
        period_on,
        mrr_amount
    from {{ ref('int_mrr_product_parts_split') }}
),

movements as (
    select
        basis,
        customer_id,
        currency,
        period_on,
        cast(sum(mrr_amount) as decimal(18, 2)) as mrr_amount
    from parts
    group by basis, customer_id, currency, period_on
),

balances as (
    select
        *,
        cast(
            sum(mrr_amount) over (
                partition by basis, customer_id, currency
                order by period_on rows unbounded preceding
            ) as decimal(18, 2)
        ) as closing_mrr_amount
    from movements
),

-- Whether a customer comes or goes is a question over all its currencies, whose amounts do not add up: count the currencies in use.
currencies_in_use as (
    select
        basis,
        customer_id,
        period_on,
        sum(
            case when closing_mrr_amount > 0 then 1 else 0 end
            - case when closing_mrr_amount - mrr_amount > 0 then 1 else 0 end
        ) as currency_change
    from balances
    group by basis, customer_id, period_on
),

states as (
    select
        *,
        sum(currency_change) over (partition by basis, customer_id order by period_on rows unbounded preceding) as currency_count
    from currencies_in_use
),

turns as (
    select
        basis,
        customer_id,
        period_on,
        currency_count > 0 and currency_count - currency_change = 0 as is_from_zero,
        currency_count = 0 and currency_count - currency_change > 0 as is_to_zero
    from states
),

netted as (
    select
        balances.basis,
        balances.customer_id,
        balances.currency,
        balances.period_on,
        balances.mrr_amount,
        cast(balances.closing_mrr_amount - balances.mrr_amount as decimal(18, 2)) as opening_mrr_amount,
        balances.closing_mrr_amount,
        turns.is_from_zero,
        turns.is_to_zero
    from balances
    inner join turns
        on
            balances.basis = turns.basis
            and balances.customer_id = turns.customer_id
            and balances.period_on = turns.period_on
)

select * from netted
