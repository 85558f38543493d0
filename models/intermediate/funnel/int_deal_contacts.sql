with activities as (
    select
        opportunity_id,
        occurred_on
    from {{ ref('input_activities') }}
    where opportunity_id is not null and is_done and is_contact
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

contacts as (
    select
        activities.opportunity_id,
        activities.occurred_on as contacted_on,
        count(*) as contact_count
    from activities
    inner join as_of on activities.occurred_on <= as_of.as_of_on
    group by activities.opportunity_id, activities.occurred_on
)

select * from contacts
