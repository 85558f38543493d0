with credit_notes as (
    select
        credit_note_id,
        invoice_id,
        amount,
        currency,
        status,
        reason,
        created_at
    from {{ ref('stg_stripe__credit_note') }}
),

contracted as (
    select
        {{ source_key('stripe', 'credit_note_id') }} as credit_note_id,
        {{ source_key('stripe', 'invoice_id') }} as invoice_id,
        amount,
        currency,
        status = 'void' as is_void,
        reason,
        {{ business_date('created_at') }} as issued_on,
        'stripe' as source_system
    from credit_notes
)

select * from contracted
