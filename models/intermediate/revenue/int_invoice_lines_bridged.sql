with invoice_lines as (
    select * from {{ ref('int_invoice_lines_moved') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

followed as (
    select
        *,
        lead(valid_from) over (partition by subscription_item_id order by service_from, invoice_line_id) as next_valid_from,
        {{ whole_months_between('service_from', 'service_to') }} as whole_months
    from invoice_lines
),

counted as (
    select
        *,
        -- From 28 February to 31 March is one month of a period that is anchored on the 31st: counted back from its end, it fits.
        case
            when {{ months_later('service_to', '-whole_months') }} = service_from then 0
            else {{ days_between(months_later('service_from', 'whole_months'), 'service_to') }}
        end as left_over_days
    from followed
),

bridged as (
    select
        counted.invoice_line_id as interval_key,
        counted.subscription_item_id,
        counted.subscription_id,
        counted.billing_customer_id,
        counted.product_id,
        counted.contract_id,
        counted.currency,
        cast(counted.amount as decimal(18, 6)) as unit_amount,
        cast(1 as decimal(18, 6)) as quantity,
        -- 12 over (whole months + days left over / 30.4375), both times 304,375 to stay in whole numbers.
        12 * 304375 as annual_numerator,
        counted.whole_months * 304375 + counted.left_over_days * 10000 as annual_denominator,
        false as is_signed,
        cast(null as date) as cancels_on,
        counted.valid_from,
        case
            when counted.next_valid_from <= {{ days_later('counted.service_to', var('mrr_invoice_gap_days')) }}
                then counted.next_valid_from
            when counted.next_valid_from is not null then counted.service_to
            when counted.stopped_on is not null then counted.stopped_on
            -- The next invoice may yet come: within the gap the last price still holds.
            when as_of.as_of_on < {{ days_later('counted.service_to', var('mrr_invoice_gap_days')) }} then null
            else counted.service_to
        end as valid_to
    from counted
    cross join as_of
)

select * from bridged
where valid_to is null or valid_from < valid_to
