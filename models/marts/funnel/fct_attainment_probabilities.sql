with weighed as (
    select * from {{ ref('int_attainments_weighed') }}
),

fct_attainment_probabilities as (
    select
        owner_user_id,
        quarter_start,
        snapshot_on,
        opportunity_type,
        quota_scope,
        closed_amount,
        open_count,
        open_amount,
        expected_amount,
        variance,
        crm_expected_amount,
        crm_variance,
        quota_amount,
        attainment_probability,
        crm_attainment_probability,
        is_partial
    from weighed
)

select * from fct_attainment_probabilities
