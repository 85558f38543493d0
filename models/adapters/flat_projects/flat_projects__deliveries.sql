with deliveries as (
    select * from {{ ref('stg_flat_projects__delivery') }}
),

contracted as (
    select
        {{ source_key('flat_projects', 'delivery_id') }} as delivery_id,
        -- The CRM's ids are copied in the form of 15 characters too.
        case
            when substr(contract_reference, 1, 11) = 'salesforce:'
                then {{ source_key('salesforce', salesforce_id('substr(contract_reference, 12)')) }}
            else contract_reference
        end as contract_id,
        accepted_on,
        delivered_share,
        'flat_projects' as source_system
    from deliveries
)

select * from contracted
