-- A month opens with what the one before closed with, and the balance in pay currency is that of the contracts.
with contract_months as (
    select
        contract_key,
        currency,
        month_start,
        opening_amount,
        closing_amount,
        lag(closing_amount) over (partition by contract_key, currency order by month_start) as before_amount
    from {{ ref('fct_capitalised_commissions_by_contract_month') }}
),

summed as (
    select
        currency,
        month_start,
        sum(closing_amount) as closing_amount
    from contract_months
    group by currency, month_start
),

roll_forward as (
    select
        currency,
        month_start,
        closing_pay_amount
    from {{ ref('fct_capitalised_commission_roll_forward') }}
)

select
    contract_key,
    currency,
    month_start,
    coalesce(before_amount, 0) as before_amount,
    opening_amount as after_amount
from contract_months
where opening_amount <> coalesce(before_amount, 0)
union all
select
    'all' as contract_key,
    summed.currency,
    summed.month_start,
    summed.closing_amount as before_amount,
    roll_forward.closing_pay_amount as after_amount
from summed
left join roll_forward
    on
        summed.currency = roll_forward.currency
        and summed.month_start = roll_forward.month_start
where summed.closing_amount is distinct from roll_forward.closing_pay_amount
