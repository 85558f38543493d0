with quotas as (
    select
        payee_id,
        measure,
        window_start,
        window_end,
        quota_amount,
        currency
    from {{ ref('int_quotas_by_window') }}
    where window_type = 'quarter'
),

measures as (
    select * from {{ ref('quota_measures') }}
),

payees as (
    select
        payee_id,
        user_id
    from {{ ref('payees') }}
    where user_id is not null
),

rates as (
    select
        month_start,
        from_currency,
        rate
    from {{ ref('int_exchange_rates_by_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

booking_quotas as (
    select
        payees.user_id as owner_user_id,
        quotas.window_start as quarter_start,
        quotas.window_end as quarter_end,
        measures.opportunity_type,
        measures.quota_scope,
        quotas.quota_amount,
        quotas.currency,
        -- The last rate that everybody knew when the quarter began: a quota does not move within it.
        {{ months_later('least(quotas.window_start, ' ~ month_start('as_of.as_of_on') ~ ')', '-1') }} as rate_month_start
    from quotas
    cross join as_of
    inner join measures on quotas.measure = measures.measure
    inner join payees on quotas.payee_id = payees.payee_id
),

converted as (
    select
        booking_quotas.owner_user_id,
        booking_quotas.quarter_start,
        booking_quotas.quarter_end,
        booking_quotas.opportunity_type,
        booking_quotas.quota_scope,
        {{ prorated('booking_quotas.quota_amount', 'rates.rate') }} as quota_amount
    from booking_quotas
    left join rates
        on
            booking_quotas.rate_month_start = rates.month_start
            and booking_quotas.currency = rates.from_currency
)

select * from converted
