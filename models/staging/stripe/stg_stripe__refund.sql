with refunds as (
    select
        -- keys
        id as refund_id,
        charge_id,

        -- properties
        status,
        reason,
        upper(currency) as currency,

        -- amounts
        {{ amount_from_minor_units('amount', 'minor_unit_digits') }} as amount,

        -- times
        created as created_at
    from {{ ref('base_stripe__refund') }}
    where row_status = 'staged'
)

select * from refunds
