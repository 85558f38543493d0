with fct_stage_visits as (
    select
        object_type,
        object_id,
        visit_number,
        stage_code,
        stage_order,
        entered_at,
        left_at,
        entered_on,
        left_on,
        days,
        next_stage_code,
        is_open,
        is_skipped_into,
        skipped_stage_count,
        is_regression,
        owner_user_id,
        amount,
        reporting_amount,
        currency,
        segment,
        lead_source,
        channel,
        product_line,
        bant_tier,
        is_won_before_contact,
        is_close_before_creation,
        is_history_missing,
        is_deleted
    from {{ ref('int_stage_visits_ordered') }}
)

select * from fct_stage_visits
