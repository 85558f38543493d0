with contact_roles as (
    select
        opportunity_contact_role_id,
        opportunity_id,
        contact_id,
        role_name,
        is_primary,
        created_at
    from {{ ref('stg_salesforce__opportunity_contact_role') }}
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('opportunity_contact_role_id')) }} as opportunity_contact_role_id,
        {{ source_key('salesforce', salesforce_id('opportunity_id')) }} as opportunity_id,
        {{ source_key('salesforce', salesforce_id('contact_id')) }} as contact_id,
        nullif(trim(role_name), '') as role_name,
        is_primary,
        {{ business_date('created_at') }} as created_on,
        'salesforce' as source_system
    from contact_roles
)

select * from contracted
