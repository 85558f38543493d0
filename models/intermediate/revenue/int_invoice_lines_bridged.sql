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
