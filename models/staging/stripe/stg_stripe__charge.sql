with charges as (
    select
        -- keys
        id as charge_id,
        customer_id,
        invoice_id,

        -- properties
        status,
        failure_code,
        upper(currency) as currency,

        -- amounts
        {{ amount_from_minor_units('amount', 'minor_unit_digits') }} as amount,

        -- times
        created as created_at
    from {{ ref('base_stripe__charge') }}
    where row_status = 'staged'
)

select * from charges
