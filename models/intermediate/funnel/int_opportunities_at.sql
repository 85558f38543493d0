with changes as (
    select * from {{ ref('int_opportunity_changes_completed') }}
),

opportunities as (
    select
        opportunity_id,
        account_id,
        customer_id,
        opportunity_type,
        segment,
        lead_source,
        channel,
        product_line,
        created_on
    from {{ ref('int_opportunities_described') }}
),

compared as (
    select
        *,
        lag(stage_code) over changes_of_deal as previous_stage_code,
        lag(close_on) over changes_of_deal as previous_close_on,
        lag(amount) over changes_of_deal as previous_amount,
        coalesce(lag(is_open) over changes_of_deal, false) as was_open,
        count(close_on) over (
            partition by opportunity_id order by change_number rows between unbounded preceding and current row
        ) as close_days_told
    from changes
    window changes_of_deal as (partition by opportunity_id order by change_number)
),

-- All that is counted is counted up to the change itself: nothing that came later may stand in a row.
followed as (
    select
        *,
        max(case when change_number = 1 or stage_code <> previous_stage_code then changed_on end) over until_now as stage_entered_on,
        max(case when close_days_told = 1 then close_on end) over until_now as first_expected_close_on,
        sum(case when was_open and is_open and close_on > previous_close_on then 1 else 0 end) over until_now as pushes_to_date,
        sum(case when was_open and is_open and amount < previous_amount then 1 else 0 end) over until_now as cuts_to_date
    from compared
    window until_now as (partition by opportunity_id order by change_number rows between unbounded preceding and current row)
),

-- A day has one state: the last change of the day stands.
days as (
    select *
    from followed
    qualify row_number() over (partition by opportunity_id, changed_on order by change_number desc) = 1
),

opportunities_at as (
    select
        days.opportunity_id,
        days.changed_on as valid_from_on,
        lead(days.changed_on) over (partition by days.opportunity_id order by days.changed_on) as valid_to_on,
        opportunities.account_id,
        opportunities.customer_id,
        coalesce(opportunities.opportunity_type, 'unmapped') as opportunity_type,
        opportunities.segment,
        coalesce(opportunities.lead_source, 'unknown') as lead_source,
        opportunities.channel,
        opportunities.product_line,
        days.stage_code,
        days.stage_order,
        days.stage_entered_on,
        days.amount,
        days.reporting_amount,
        days.currency,
        days.close_on as expected_close_on,
        days.first_expected_close_on,
        cast(days.pushes_to_date as int) as pushes_to_date,
        cast(days.cuts_to_date as int) as cuts_to_date,
        days.owner_user_id,
        days.forecast_category,
        days.probability as crm_probability,
        opportunities.created_on,
        days.is_open,
        days.is_won,
        days.is_lost,
        days.is_deleted,
        days.is_history_missing
    from days
    inner join opportunities on days.opportunity_id = opportunities.opportunity_id
)

select * from opportunities_at
