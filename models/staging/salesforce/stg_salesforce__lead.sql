with leads as (
    select
        -- keys
        id as lead_id,
        owner_id as owner_user_id,
        converted_account_id,
        converted_contact_id,
        converted_opportunity_id,

        -- properties
        status,
        lead_source,
        industry,
        number_of_employees as employee_count,
        upper(country_code) as country_code,
        has_budget_c as has_budget,
        has_authority_c as has_authority,
        has_need_c as has_need,
        has_timeline_c as has_timeline,
        coalesce(is_converted, false) as is_converted,

        -- times
        cast(converted_date as date) as converted_on,
        trial_started_c as trial_started_at,
        created_date as created_at
    from {{ ref('base_salesforce__lead') }}
    where row_status = 'staged'
)

select * from leads
