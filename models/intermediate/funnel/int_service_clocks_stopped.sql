with clocks as (
    select * from {{ ref('int_service_clocks_started') }}
),

activities as (
    select * from {{ ref('int_lead_activities_matched') }}
),

service_levels as (
    select * from {{ ref('service_levels') }}
),

-- The first, second or third activity of the kind stops the clock: the one whose number the service level names.
stops as (
    select
        clocks.lead_id,
        clocks.service_level_code,
        clocks.clock,
        activities.activity_id,
        activities.occurred_at as done_at
    from clocks
    inner join service_levels on clocks.service_level_code = service_levels.service_level_code
    inner join activities
        on
            clocks.lead_id = activities.lead_id
            and clocks.counted_from_on <= activities.occurred_on
            and (
                service_levels.activity_type = activities.activity_type
                or (service_levels.activity_type = 'contact' and activities.is_contact)
            )
    qualify row_number() over (
        partition by clocks.lead_id, clocks.service_level_code, clocks.clock
        order by activities.occurred_at, activities.activity_id
    ) = service_levels.occurrence
),

stopped as (
    select
        clocks.lead_id,
        clocks.service_level_code,
        clocks.clock,
        clocks.clock_started_at,
        stops.activity_id,
        stops.done_at,
        -- A clock that is not stopped has run until now. What was done before it started took no time.
        greatest(coalesce(stops.done_at, as_of.as_of), clocks.clock_started_at) as ran_until
    from clocks
    cross join {{ ref('as_of') }} as as_of
    left join stops
        on
            clocks.lead_id = stops.lead_id
            and clocks.service_level_code = stops.service_level_code
            and clocks.clock = stops.clock
)

select * from stopped
