with splits as (
    select
        {{ salesforce_id('opportunity_split_id') }} as opportunity_split_id,
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        {{ salesforce_id('user_id') }} as user_id,
        {{ salesforce_id('split_type_id') }} as split_type_id,
        split_percentage
    from {{ ref('stg_salesforce__opportunity_split') }}
),

split_types as (
    select
        {{ salesforce_id('split_type_id') }} as split_type_id,
        is_total_validated
    from {{ ref('stg_salesforce__opportunity_split_type') }}
),

contracted as (
    select
        {{ source_key('salesforce', 'splits.opportunity_split_id') }} as opportunity_split_id,
        {{ source_key('salesforce', 'splits.opportunity_id') }} as opportunity_id,
        {{ source_key('salesforce', 'splits.user_id') }} as user_id,
        -- The CRM lets revenue be split only so that all of the deal is given away, and only once.
        case when split_types.is_total_validated then 'revenue' else 'overlay' end as split_kind,
        {{ prorated('splits.split_percentage', '1', '100', 6) }} as split_percent,
        'salesforce' as source_system
    from splits
    inner join split_types on splits.split_type_id = split_types.split_type_id
)

select * from contracted
