with credit_notes as (
    select
        -- keys
        id as credit_note_id,
        invoice_id,

        -- properties
        status,
        reason,
        upper(currency) as currency,

        -- amounts
        {{ amount_from_minor_units('amount', 'minor_unit_digits') }} as amount,

        -- times
        created as created_at
    from {{ ref('base_stripe__credit_note') }}
    where row_status = 'staged'
)

select * from credit_notes
