{% set flows = ['opening', 'capitalised', 'clawed_back', 'amortised', 'written_off'] %}

with rolled as (
    select * from {{ ref('int_commission_assets_rolled') }}
),

summed as (
    select
        coalesce(contract_id, asset_key) as contract_key,
        contract_id,
        currency,
        month_start,
        {%- for flow in flows %}
        cast(sum({{ flow }}_amount) as decimal(18, 2)) as {{ flow }}_amount,
        {%- endfor %}
        cast(sum(closing_amount) as decimal(18, 2)) as closing_amount
    from rolled
    group by coalesce(contract_id, asset_key), contract_id, currency, month_start
),

-- What is amortised and no longer changes says nothing.
fct_capitalised_commissions_by_contract_month as (
    select * from summed
    where opening_amount <> 0 or capitalised_amount <> 0 or clawed_back_amount <> 0 or amortised_amount <> 0 or closing_amount <> 0
)

select * from fct_capitalised_commissions_by_contract_month
