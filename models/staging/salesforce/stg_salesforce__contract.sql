with contracts as (
    select
        -- keys
        id as contract_id,
        account_id,
        owner_id as owner_user_id,
        previous_contract_c as previous_contract_id,

        -- properties
        contract_number,
        status,
        cast(contract_term as int) as contract_months,
        auto_renewal_c as is_auto_renewal,

        -- amounts
        {{ amount_from_double('total_contract_value_c') }} as amount,
        upper(currency_iso_code) as currency,

        -- times
        customer_signed_date as signed_on,
        start_date as service_start_on,
        end_date as last_service_on
    from {{ ref('base_salesforce__contract') }}
    where row_status = 'staged'
)

select * from contracts
