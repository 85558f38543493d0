{% set scopes = ['own', 'team'] %}
{% set steps = [
    'closed',
    'commit',
    'best_case',
    'open_pipeline',
    'omitted',
    'unmapped',
    'weighted_pipeline',
    'crm_weighted_pipeline',
] %}

with rolled_up as (
    select * from {{ ref('int_forecasts_rolled_up') }}
),

quotas as (
    select
        {% for scope in scopes %}
        max(case when quota_scope = '{{ scope }}' then quota_amount end) as {{ scope }}_quota_amount,
        {% endfor %}
        owner_user_id,
        quarter_start,
        opportunity_type
    from {{ ref('int_booking_quotas_converted') }}
    group by owner_user_id, quarter_start, opportunity_type
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

with_quotas as (
    select
        {% for scope in scopes %}
        coalesce({{ scope }}_closed, 0) as {{ scope }}_closed_amount,
        coalesce({{ scope }}_commit + {{ scope }}_closed, 0) as {{ scope }}_commit_amount,
        coalesce({{ scope }}_best_case + {{ scope }}_most_likely + {{ scope }}_commit + {{ scope }}_closed, 0)
            as {{ scope }}_best_case_amount,
        coalesce({{ scope }}_pipeline + {{ scope }}_best_case + {{ scope }}_most_likely + {{ scope }}_commit + {{ scope }}_unmapped, 0)
            as {{ scope }}_open_pipeline_amount,
        coalesce({{ scope }}_omitted, 0) as {{ scope }}_omitted_amount,
        coalesce({{ scope }}_unmapped, 0) as {{ scope }}_unmapped_amount,
        coalesce({{ scope }}_weighted, 0) as {{ scope }}_weighted_pipeline_amount,
        coalesce({{ scope }}_crm_weighted, 0) as {{ scope }}_crm_weighted_pipeline_amount,
        coalesce({{ scope }}_closed_count, 0) as {{ scope }}_closed_count,
        coalesce({{ scope }}_open_count, 0) as {{ scope }}_open_count,
        {{ scope }}_quota_amount,
        {{ scope }}_quota_amount - coalesce({{ scope }}_closed, 0) as {{ scope }}_gap_amount,
        {% endfor %}
        coalesce(rolled_up.owner_user_id, quotas.owner_user_id) as owner_user_id,
        coalesce(rolled_up.quarter_start, quotas.quarter_start) as quarter_start,
        coalesce(rolled_up.opportunity_type, quotas.opportunity_type) as opportunity_type
    from rolled_up
    full outer join quotas
        on
            rolled_up.owner_user_id = quotas.owner_user_id
            and rolled_up.quarter_start = quotas.quarter_start
            and rolled_up.opportunity_type = quotas.opportunity_type
),

fct_forecasts_by_owner_quarter as (
    select
        with_quotas.owner_user_id,
        with_quotas.quarter_start,
        with_quotas.opportunity_type,
        {% for scope in scopes %}
        {% for step in steps %}
        cast(with_quotas.{{ scope }}_{{ step }}_amount as decimal(18, 2)) as {{ scope }}_{{ step }}_amount,
        {% endfor %}
        cast(with_quotas.{{ scope }}_closed_count as bigint) as {{ scope }}_closed_count,
        cast(with_quotas.{{ scope }}_open_count as bigint) as {{ scope }}_open_count,
        with_quotas.{{ scope }}_quota_amount,
        cast(with_quotas.{{ scope }}_gap_amount as decimal(18, 2)) as {{ scope }}_gap_amount,
        -- Where the quota is reached, nothing is left to be covered.
        case
            when with_quotas.{{ scope }}_gap_amount > 0
                then {{ prorated('with_quotas.' ~ scope ~ '_open_pipeline_amount', '1', 'with_quotas.' ~ scope ~ '_gap_amount', 6) }}
        end as {{ scope }}_coverage_rate,
        {% endfor %}
        {{ fiscal_period_end('with_quotas.quarter_start', "'quarter'") }} > as_of.as_of_on as is_partial
    from with_quotas
    cross join as_of
)

select * from fct_forecasts_by_owner_quarter
