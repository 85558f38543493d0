with counts as (
    select * from {{ ref('stg_flat_usage__product_usage') }}
),

contracted as (
    select
        {{ source_key('flat_usage', "customer_reference || '|' || cast(used_on as string)") }} as product_usage_id,
        -- The CRM's ids are copied in the form of 15 characters too.
        case
            when substr(customer_reference, 1, 11) = 'salesforce:'
                then {{ source_key('salesforce', salesforce_id('substr(customer_reference, 12)')) }}
            else customer_reference
        end as customer_reference,
        used_on,
        active_user_count,
        licensed_user_count,
        'flat_usage' as source_system
    from counts
)

select * from contracted
