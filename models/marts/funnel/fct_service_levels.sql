{% set minutes_of_a_working_day = 60 * (var('working_day_ends_at_hour') - var('working_day_starts_at_hour')) %}

with clocks as (
    select * from {{ ref('int_service_clocks_stopped') }}
),

leads as (
    select
        lead_id,
        owner_user_id,
        segment,
        lead_source,
        channel,
        bant_tier
    from {{ ref('int_leads_described') }}
),

visits as (
    select
        object_id,
        entered_at
    from {{ ref('int_lead_stage_visits') }}
    where stage_code = 'lost' and left_at is null
),

days as (
    select * from {{ ref('int_working_days_counted') }}
),

service_levels as (
    select
        service_level_code,
        calendar,
        cast({{ prorated(
            'threshold',
            "case when threshold_unit = 'hours' then 60 when calendar = 'working' then " ~ minutes_of_a_working_day ~ ' else 1440 end',
            '1',
            0
        ) }} as bigint) as threshold_minutes
    from {{ ref('service_levels') }}
),

-- A lead that was lost for good asks for nothing any more.
timed as (
    select
        clocks.*,
        visits.entered_at as lost_at,
        case
            when clocks.done_at is null and visits.entered_at is not null then greatest(visits.entered_at, clocks.clock_started_at)
            else clocks.ran_until
        end as timed_until
    from clocks
    left join visits on clocks.lead_id = visits.object_id
),

measured as (
    select
        timed.lead_id,
        timed.service_level_code,
        timed.clock,
        timed.clock_started_at,
        timed.activity_id,
        timed.done_at,
        timed.lost_at,
        {{ integer_quotient(seconds_between('timed.clock_started_at', 'timed.timed_until'), '60') }} as elapsed_minutes,
        {{ minutes_worked_until('timed.timed_until', 'last_days') }}
        - {{ minutes_worked_until('timed.clock_started_at', 'first_days') }} as working_minutes
    from timed
    left join days as first_days on {{ business_date('timed.clock_started_at') }} = first_days.day_on
    left join days as last_days on {{ business_date('timed.timed_until') }} = last_days.day_on
),

judged as (
    select
        measured.*,
        service_levels.calendar,
        service_levels.threshold_minutes,
        case when service_levels.calendar = 'working' then measured.working_minutes else measured.elapsed_minutes end
        <= service_levels.threshold_minutes as is_within
    from measured
    inner join service_levels on measured.service_level_code = service_levels.service_level_code
),

fct_service_levels as (
    select
        judged.lead_id,
        judged.service_level_code,
        judged.clock,
        judged.clock_started_at,
        {{ business_date('judged.clock_started_at') }} as clock_started_on,
        {{ month_start(business_date('judged.clock_started_at')) }} as month_start,
        judged.activity_id,
        judged.done_at,
        judged.elapsed_minutes,
        judged.working_minutes,
        judged.calendar,
        judged.threshold_minutes,
        case
            when judged.done_at is not null and judged.is_within then 'met'
            when not judged.is_within then 'missed'
            when judged.lost_at is not null then 'lapsed'
            else 'open'
        end as outcome,
        outcome = 'met' as is_met,
        outcome in ('met', 'missed') as is_decided,
        leads.owner_user_id,
        leads.segment,
        leads.lead_source,
        leads.channel,
        leads.bant_tier
    from judged
    inner join leads on judged.lead_id = leads.lead_id
)

select * from fct_service_levels
