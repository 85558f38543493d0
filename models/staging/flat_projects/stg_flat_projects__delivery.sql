with deliveries as (
    select
        -- keys
        delivery_id,
        contract as contract_reference,

        -- properties
        {{ parsed_decimal('delivered_share', 18, 6) }} as delivered_share,

        -- times
        {{ parsed_date('accepted_on') }} as accepted_on
    from {{ ref('base_flat_projects__delivery') }}
    where row_status = 'staged'
)

select * from deliveries
