with bridges as (
    select * from {{ ref('int_pipeline_bridges_summed') }}
    where period_type = 'week'
),

fct_pipeline_bridge_by_week as (
    select
        horizon,
        slice,
        slice_value,
        period_start as week_start,
        '{{ var("reporting_currency") }}' as currency,
        opening_amount,
        created_amount,
        reopened_amount,
        pulled_in_amount,
        increased_amount,
        owner_in_amount,
        won_amount,
        lost_amount,
        deleted_amount,
        decreased_amount,
        slipped_amount,
        owner_out_amount,
        closing_amount,
        opening_count,
        closing_count,
        passed_through_count,
        is_partial
    from bridges
)

select * from fct_pipeline_bridge_by_week
