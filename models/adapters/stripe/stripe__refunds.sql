with refunds as (
    select
        refund_id,
        charge_id,
        amount,
        currency,
        status,
        reason,
        created_at
    from {{ ref('stg_stripe__refund') }}
),

contracted as (
    select
        {{ source_key('stripe', 'refund_id') }} as refund_id,
        {{ source_key('stripe', 'charge_id') }} as payment_id,
        amount,
        currency,
        -- Stripe asks the customer for a bank account first: the money is on its way.
        case when status = 'requires_action' then 'pending' else status end as status,
        reason,
        {{ business_date('created_at') }} as refunded_on,
        'stripe' as source_system
    from refunds
)

select * from contracted
