{% set flows = ['capitalised', 'clawed_back', 'amortised', 'written_off'] %}

with contract_months as (
    select * from {{ ref('fct_capitalised_commissions_by_contract_month') }}
),

rates as (
    select
        month_start,
        from_currency,
        rate
    from {{ ref('int_exchange_rates_by_month') }}
),

summed as (
    select
        currency,
        month_start,
        {%- for flow in flows %}
        cast(sum({{ flow }}_amount) as decimal(18, 2)) as {{ flow }}_amount,
        {%- endfor %}
        cast(sum(closing_amount) as decimal(18, 2)) as closing_amount
    from contract_months
    group by currency, month_start
),

converted as (
    select
        summed.currency,
        summed.month_start,
        rates.rate,
        summed.closing_amount as closing_pay_amount,
        {%- for flow in flows %}
        {{ prorated('summed.' ~ flow ~ '_amount', 'rates.rate') }} as {{ flow }}_amount,
        {%- endfor %}
        {{ prorated('summed.closing_amount', 'rates.rate') }} as closing_amount
    from summed
    left join rates
        on
            summed.currency = rates.from_currency
            and summed.month_start = rates.month_start
),

opened as (
    select
        *,
        coalesce(lag(closing_amount) over (partition by currency order by month_start), 0) as opening_amount
    from converted
),

-- What the balance changes by without being posted or amortised is the change of the rate.
fct_capitalised_commission_roll_forward as (
    select
        currency,
        month_start,
        cast(rate as decimal(18, 10)) as exchange_rate,
        cast(opening_amount as decimal(18, 2)) as opening_amount,
        cast(capitalised_amount as decimal(18, 2)) as capitalised_amount,
        cast(clawed_back_amount as decimal(18, 2)) as clawed_back_amount,
        cast(amortised_amount as decimal(18, 2)) as amortised_amount,
        cast(written_off_amount as decimal(18, 2)) as written_off_amount,
        cast(
            closing_amount - opening_amount - capitalised_amount + clawed_back_amount + amortised_amount + written_off_amount
            as decimal(18, 2)
        ) as fx_amount,
        cast(closing_amount as decimal(18, 2)) as closing_amount,
        closing_pay_amount
    from opened
)

select * from fct_capitalised_commission_roll_forward
