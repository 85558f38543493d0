with deals as (
    select
        snapshot_on,
        opportunity_id,
        known_count,
        win_probability,
        base_rate,
        crm_probability
    from {{ ref('int_open_deals_weighed') }}
    where not is_history_missing
),

outcomes as (
    select
        opportunity_id,
        closed_on,
        is_won
    from {{ ref('int_opportunity_outcomes') }}
    where reopened_on is null
),

attainments as (
    select
        owner_user_id,
        quarter_start,
        opportunity_type,
        quota_scope,
        attainment_probability,
        crm_attainment_probability
    from {{ ref('int_attainments_weighed') }}
    where not is_partial
),

quotas as (
    select * from {{ ref('int_quotas_judged') }}
),

-- All methods are judged on the same forecasts: from the first outcome on, and where the CRM gave a probability.
judged_deals as (
    select
        'deal' as subject,
        deals.win_probability as own_history_probability,
        deals.base_rate as base_rate_probability,
        deals.crm_probability,
        count(*) as forecast_count,
        count(case when outcomes.is_won then 1 end) as realised_count
    from deals
    inner join outcomes
        on
            deals.opportunity_id = outcomes.opportunity_id
            and deals.snapshot_on < outcomes.closed_on
    where deals.known_count > 0 and deals.crm_probability is not null
    group by deals.win_probability, deals.base_rate, deals.crm_probability
),

judged_attainments as (
    select
        'attainment' as subject,
        attainments.attainment_probability as own_history_probability,
        quotas.base_rate as base_rate_probability,
        attainments.crm_attainment_probability as crm_probability,
        count(*) as forecast_count,
        count(case when quotas.is_attained then 1 end) as realised_count
    from attainments
    inner join quotas
        on
            attainments.owner_user_id = quotas.owner_user_id
            and attainments.quarter_start = quotas.quarter_start
            and attainments.opportunity_type = quotas.opportunity_type
            and attainments.quota_scope = quotas.quota_scope
    where quotas.known_count > 0
    group by attainments.attainment_probability, quotas.base_rate, attainments.crm_attainment_probability
),

judged as (
    select * from judged_deals
    union all
    select * from judged_attainments
)

select * from judged
