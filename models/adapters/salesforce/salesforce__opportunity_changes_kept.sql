with changes as (
    select
        opportunity_history_id,
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        stage_name,
        forecast_category,
        probability_percent,
        amount,
        currency,
        changed_at,
        close_on
    from {{ ref('stg_salesforce__opportunity_history') }}
),

versions as (
    select
        {{ salesforce_id('opportunity_id') }} as opportunity_id,
        {{ salesforce_id('owner_user_id') }} as owner_user_id,
        stage_name,
        forecast_category,
        probability_percent,
        amount,
        currency,
        is_deleted,
        version_started_at as changed_at,
        close_on
    from {{ ref('stg_salesforce__opportunity_version') }}
),

first_versions as (
    select
        opportunity_id,
        min(changed_at) as first_changed_at
    from versions
    group by opportunity_id
),

-- Of two changes in one second the one that was entered last stands.
changes_of_a_moment as (
    select
        changes.*,
        row_number() over (partition by changes.opportunity_id, changes.changed_at order by changes.opportunity_history_id desc) as place
    from changes
),

-- Versions say more than changes; where history mode was switched on later, changes tell what was before.
kept as (
    select
        changes_of_a_moment.opportunity_id,
        changes_of_a_moment.changed_at,
        changes_of_a_moment.stage_name,
        changes_of_a_moment.amount,
        changes_of_a_moment.currency,
        changes_of_a_moment.close_on,
        changes_of_a_moment.forecast_category,
        changes_of_a_moment.probability_percent,
        cast(null as string) as owner_user_id,
        false as is_deleted
    from changes_of_a_moment
    left join first_versions on changes_of_a_moment.opportunity_id = first_versions.opportunity_id
    where
        changes_of_a_moment.place = 1
        and (first_versions.first_changed_at is null or changes_of_a_moment.changed_at < first_versions.first_changed_at)
    union all
    select
        opportunity_id,
        changed_at,
        stage_name,
        amount,
        currency,
        close_on,
        forecast_category,
        probability_percent,
        owner_user_id,
        is_deleted
    from versions
)

select * from kept
