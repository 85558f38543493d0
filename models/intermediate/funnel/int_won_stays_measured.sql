with states as (
    select
        opportunity_id,
        coalesce(segment, 'unknown') as segment,
        stage_code,
        stage_entered_on,
        valid_from_on,
        valid_to_on
    from {{ ref('int_opportunities_at') }}
    where is_open and not is_deleted and not is_history_missing
),

contacts as (
    select
        opportunity_id,
        contacted_on,
        lag(contacted_on) over (partition by opportunity_id order by contacted_on) as previous_on
    from {{ ref('int_deal_contacts') }}
),

won as (
    select
        opportunity_id,
        closed_on,
        reopened_on
    from {{ ref('int_opportunity_outcomes') }}
    where is_won
),

stays as (
    select
        opportunity_id,
        segment,
        stage_code,
        stage_entered_on,
        max(valid_to_on) as left_on
    from states
    where valid_to_on is not null
    group by opportunity_id, segment, stage_code, stage_entered_on
),

measured as (
    select
        'stall' as component,
        stays.opportunity_id,
        stays.segment,
        stays.stage_code,
        stays.left_on as measured_on,
        {{ days_between('stays.stage_entered_on', 'stays.left_on') }} as day_count
    from stays
    union all
    select
        'silence' as component,
        contacts.opportunity_id,
        states.segment,
        states.stage_code,
        contacts.contacted_on as measured_on,
        {{ days_between('contacts.previous_on', 'contacts.contacted_on') }} as day_count
    from contacts
    inner join states
        on
            contacts.opportunity_id = states.opportunity_id
            and contacts.contacted_on >= states.valid_from_on
            and (states.valid_to_on is null or contacts.contacted_on < states.valid_to_on)
    where contacts.previous_on is not null
),

-- What a deal did counts from the month after it was won, for as long as it stays won.
of_won_deals as (
    select
        measured.component,
        measured.segment,
        measured.stage_code,
        measured.day_count,
        {{ months_later(month_start('won.closed_on'), '1') }} as known_from,
        case when won.reopened_on is not null then {{ months_later(month_start('won.reopened_on'), '1') }} end as known_until,
        count(*) as stay_count
    from measured
    inner join won
        on
            measured.opportunity_id = won.opportunity_id
            and measured.measured_on <= won.closed_on
    group by
        measured.component,
        measured.segment,
        measured.stage_code,
        measured.day_count,
        {{ months_later(month_start('won.closed_on'), '1') }},
        case when won.reopened_on is not null then {{ months_later(month_start('won.reopened_on'), '1') }} end
)

select * from of_won_deals
