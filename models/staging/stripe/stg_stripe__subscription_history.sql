with versions as (
    select
        -- keys
        id as subscription_id,
        customer_id,
        {{ json_text('metadata', 'salesforce_contract_id') }} as salesforce_contract_id,

        -- properties
        status,
        cancel_at_period_end as is_cancelled_at_period_end,
        pause_collection_behavior,
        cancellation_details_reason as cancellation_cause,
        cancellation_details_feedback as cancellation_feedback,
        {{ json_text('metadata', 'cancellation_reason') }} as cancellation_reason,

        -- times
        _fivetran_start as version_started_at,
        start_date as started_at,
        current_period_end as period_ends_at,
        cancel_at as cancels_at,
        canceled_at as cancellation_asked_at,
        ended_at,
        trial_end as trial_ends_at,
        created as created_at
    from {{ ref('base_stripe__subscription_history') }}
    where row_status = 'staged'
)

select * from versions
