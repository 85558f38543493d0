with counts as (
    select
        -- A system is known in lower case; of ids nobody but their system knows whether case matters.
        lower(split_part(trim(customer_reference), ':', 1)) as customer_system,
        substr(trim(customer_reference), instr(trim(customer_reference), ':') + 1) as customer_id,
        customer_reference as customer_spelling,
        used_on,
        active_user_count,
        licensed_user_count,
        arrived_at
    from {{ ref('stg_flat_usage__product_usage') }}
),

referred as (
    select
        *,
        -- The CRM's ids are copied in the form of 15 characters too.
        case
            when customer_system = 'salesforce' then {{ source_key('salesforce', salesforce_id('customer_id')) }}
            else customer_system || ':' || customer_id
        end as customer_reference
    from counts
),

-- Two spellings of a customer are no two counts of its people: of a day the count that arrived last stands.
latest as (
    select * from referred
    qualify row_number() over (
        partition by customer_reference, used_on
        order by arrived_at desc, customer_spelling desc
    ) = 1
),

contracted as (
    select
        {{ source_key('flat_usage', "customer_reference || '|' || cast(used_on as string)") }} as product_usage_id,
        customer_reference,
        used_on,
        active_user_count,
        licensed_user_count,
        'flat_usage' as source_system
    from latest
)

select * from contracted
