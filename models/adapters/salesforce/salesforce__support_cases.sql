with cases as (
    select * from {{ ref('stg_salesforce__case') }}
),

case_types as (
    select
        {{ spelled_alike('source_type') }} as source_type,
        is_complaint
    from {{ ref('case_types') }}
    where source_system = 'salesforce'
),

contracted as (
    select
        {{ source_key('salesforce', salesforce_id('cases.case_id')) }} as support_case_id,
        {{ source_key('salesforce', salesforce_id('cases.account_id')) }} as account_id,
        cases.case_type,
        coalesce(case_types.is_complaint, false) as is_complaint,
        cases.priority,
        {{ business_date('cases.created_at') }} as opened_on,
        -- A case that was opened again keeps the time at which it was closed before.
        case when cases.is_closed then {{ business_date('cases.closed_at') }} end as closed_on,
        'salesforce' as source_system
    from cases
    left join case_types
        on {{ spelled_alike('cases.case_type') }} = case_types.source_type
)

select * from contracted
