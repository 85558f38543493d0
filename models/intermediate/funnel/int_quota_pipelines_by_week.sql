{% set sums = ['closed_amount', 'open_amount', 'expected_amount', 'variance', 'crm_expected_amount', 'crm_variance'] %}

with pipelines as (
    select * from {{ ref('int_pipeline_by_owner_week') }}
),

managers as (
    select * from {{ ref('int_users_managed') }}
),

quotas as (
    select * from {{ ref('int_booking_quotas_converted') }}
    -- Who has nothing to reach, reaches it without a chance.
    where quota_amount > 0
),

weeks as (
    select
        snapshot_on,
        quarter_start,
        is_partial
    from {{ ref('int_snapshot_weeks') }}
),

-- Whose deals count: the owner's for a quota of their own; for a team's also those of all below on that day.
counted as (
    select
        'own' as quota_scope,
        pipelines.*
    from pipelines
    union all
    select
        'team' as quota_scope,
        pipelines.*
    from pipelines
    union all
    select
        'team' as quota_scope,
        pipelines.snapshot_on,
        pipelines.quarter_start,
        managers.manager_user_id as owner_user_id,
        pipelines.opportunity_type,
        pipelines.closed_amount,
        pipelines.open_count,
        pipelines.open_amount,
        pipelines.expected_amount,
        pipelines.variance,
        pipelines.crm_expected_amount,
        pipelines.crm_variance
    from pipelines
    inner join managers
        on
            pipelines.owner_user_id = managers.user_id
            and pipelines.snapshot_on >= managers.valid_from
            and (managers.valid_to is null or pipelines.snapshot_on < managers.valid_to)
),

-- From the first deal on: who owns none is credited otherwise, and nothing is known of that here.
first_deals as (
    select
        quota_scope,
        owner_user_id,
        opportunity_type,
        min(snapshot_on) as first_on
    from counted
    group by quota_scope, owner_user_id, opportunity_type
),

summed as (
    select
        quotas.owner_user_id,
        quotas.quarter_start,
        quotas.quarter_end,
        quotas.opportunity_type,
        quotas.quota_scope,
        quotas.quota_amount,
        weeks.snapshot_on,
        weeks.is_partial,
        {% for column in sums %}
        cast(coalesce(sum(counted.{{ column }}), 0) as decimal({{ '28, 0' if 'variance' in column else '18, 2' }})) as {{ column }},
        {% endfor %}
        cast(coalesce(sum(counted.open_count), 0) as bigint) as open_count
    from quotas
    inner join first_deals
        on
            quotas.owner_user_id = first_deals.owner_user_id
            and quotas.opportunity_type = first_deals.opportunity_type
            and quotas.quota_scope = first_deals.quota_scope
    inner join weeks
        on
            quotas.quarter_start = weeks.quarter_start
            and first_deals.first_on <= weeks.snapshot_on
    left join counted
        on
            weeks.snapshot_on = counted.snapshot_on
            and quotas.owner_user_id = counted.owner_user_id
            and quotas.opportunity_type = counted.opportunity_type
            and quotas.quota_scope = counted.quota_scope
    group by
        quotas.owner_user_id,
        quotas.quarter_start,
        quotas.quarter_end,
        quotas.opportunity_type,
        quotas.quota_scope,
        quotas.quota_amount,
        weeks.snapshot_on,
        weeks.is_partial
)

select * from summed
