with contracts as (
    select * from {{ ref('int_contracts_linked') }}
),

renewals as (
    select
        'renewal:' || contract_id as event_key,
        'renewal' as event_type,
        service_start_on as occurred_on,
        amount,
        {{ prorated('amount', '12', 'contract_months') }} as acv_amount,
        currency,
        contract_id,
        source_system,
        contract_id as source_id
    from contracts
    where previous_contract_id is not null
)

select * from renewals
