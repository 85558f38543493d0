with invoice_lines as (
    select
        invoice_line_id,
        subscription_item_id,
        subscription_id,
        billing_customer_id,
        product_id,
        contract_id,
        line_kind,
        currency,
        amount,
        service_from,
        service_to
    from {{ ref('input_invoice_lines') }}
    where subscription_item_id is not null and service_from < service_to
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

recurring as (
    select
        *,
        lag(service_from) over (partition by subscription_item_id order by service_from, invoice_line_id) as previous_service_from
    from invoice_lines
    where line_kind in ('recurring'{{ ", 'metered'" if var('mrr_metered') }})
),

prorations as (
    select
        subscription_item_id,
        line_kind,
        amount,
        service_from,
        service_to
    from invoice_lines
    where line_kind in ('proration', 'credit')
),

-- The charge for the rest of a period says on which day the next period's price began to hold.
started as (
    select
        recurring.invoice_line_id,
        max(prorations.service_from) as moved_to
    from recurring
    inner join prorations
        on
            recurring.subscription_item_id = prorations.subscription_item_id
            and recurring.service_from = prorations.service_to
            and (recurring.previous_service_from is null or recurring.previous_service_from < prorations.service_from)
    where prorations.line_kind = 'proration' and prorations.amount > 0
    group by recurring.invoice_line_id
),

-- A credit for the rest of the last period says on which day service ended.
stopped as (
    select
        recurring.invoice_line_id,
        max(prorations.service_from) as moved_to
    from recurring
    inner join prorations
        on
            recurring.subscription_item_id = prorations.subscription_item_id
            and recurring.service_from < prorations.service_from
            and recurring.service_to > prorations.service_from
    where prorations.amount < 0
    group by recurring.invoice_line_id
),

moved as (
    select
        recurring.*,
        coalesce(started.moved_to, recurring.service_from) as valid_from,
        stopped.moved_to as stopped_on
    from recurring
    left join started on recurring.invoice_line_id = started.invoice_line_id
    left join stopped on recurring.invoice_line_id = stopped.invoice_line_id
),

followed as (
    select
        *,
        lead(valid_from) over (partition by subscription_item_id order by service_from, invoice_line_id) as next_valid_from,
        {{ whole_months_between('service_from', 'service_to') }} as whole_months
    from moved
),

bridged as (
    select
        followed.invoice_line_id as interval_key,
        followed.subscription_item_id,
        followed.subscription_id,
        followed.billing_customer_id,
        followed.product_id,
        followed.contract_id,
        followed.currency,
        cast(followed.amount as decimal(18, 6)) as unit_amount,
        cast(1 as decimal(18, 6)) as quantity,
        -- 12 over (whole months + days left over / 30.4375), both times 304,375 to stay in whole numbers.
        12 * 304375 as annual_numerator,
        followed.whole_months * 304375
        + {{ days_between(months_later('followed.service_from', 'followed.whole_months'), 'followed.service_to') }} * 10000
            as annual_denominator,
        false as is_signed,
        cast(null as date) as cancels_on,
        followed.valid_from,
        case
            when followed.next_valid_from <= {{ days_later('followed.service_to', var('mrr_invoice_gap_days')) }}
                then followed.next_valid_from
            when followed.next_valid_from is not null then followed.service_to
            when followed.stopped_on is not null then followed.stopped_on
            -- The next invoice may yet come: within the gap the last price still holds.
            when as_of.as_of_on < {{ days_later('followed.service_to', var('mrr_invoice_gap_days')) }} then null
            else followed.service_to
        end as valid_to
    from followed
    cross join as_of
)

select * from bridged
where valid_to is null or valid_from < valid_to
