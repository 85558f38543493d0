with invoices as (
    select
        -- keys
        id as invoice_id,
        customer_id,
        subscription_id,

        -- properties
        number as invoice_number,
        status,
        upper(currency) as currency,

        -- amounts
        {{ amount_from_minor_units('subtotal', 'minor_unit_digits') }} as subtotal_amount,
        {{ amount_from_minor_units('tax', 'minor_unit_digits') }} as tax_amount,
        {{ amount_from_minor_units('total', 'minor_unit_digits') }} as total_amount,
        {{ amount_from_minor_units('amount_paid', 'minor_unit_digits') }} as paid_amount,
        {{ amount_from_minor_units('amount_remaining', 'minor_unit_digits') }} as remaining_amount,

        -- times
        created as created_at,
        due_date as due_at
    from {{ ref('base_stripe__invoice') }}
    where row_status = 'staged'
)

select * from invoices
