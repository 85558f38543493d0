with cash_kept as (
    select * from {{ ref('stripe__cash_kept') }}
),

invoice_lines as (
    select
        invoice_line_id,
        invoice_id,
        amount
    from {{ ref('stripe__invoice_lines') }}
),

weighed_lines as (
    select
        invoice_line_id,
        invoice_id,
        amount,
        sum(amount) over (partition by invoice_id) as billed_amount,
        sum(greatest(amount, cast(0 as decimal(18, 2)))) over (partition by invoice_id) as asked_amount,
        sum(abs(amount)) over (partition by invoice_id) as absolute_amount
    from invoice_lines
),

-- A line that gives back takes its part of the cash away, and the others have so much more.
spread as (
    select
        cash_kept.payment_id,
        cash_kept.refund_id,
        cash_kept.step,
        cash_kept.moved_on,
        cash_kept.currency,
        cash_kept.minor_unit_digits,
        cash_kept.kept_net_amount,
        weighed_lines.invoice_line_id,
        coalesce(weighed_lines.amount < 0 and weighed_lines.billed_amount > 0, false) as gives_back,
        case
            when coalesce(weighed_lines.billed_amount, 0) <= 0 then cash_kept.kept_net_amount
            when cash_kept.minor_unit_digits = 0
                then {{ prorated('cash_kept.kept_net_amount', 'weighed_lines.asked_amount', 'weighed_lines.billed_amount', 0) }}
            else {{ prorated('cash_kept.kept_net_amount', 'weighed_lines.asked_amount', 'weighed_lines.billed_amount') }}
        end as asked_net_amount,
        -- Where the lines ask for nothing together, or none is known, there is no better measure.
        case when coalesce(weighed_lines.absolute_amount, 0) = 0 then 1 else abs(weighed_lines.amount) end as weight
    from cash_kept
    left join weighed_lines on cash_kept.invoice_id = weighed_lines.invoice_id
),

wholes as (
    select
        *,
        case when gives_back then asked_net_amount - kept_net_amount else asked_net_amount end as whole_amount
    from spread
),

-- The cents of largest_remainder are the smallest unit of the currency, be it a hundredth or a whole one.
in_units as (
    select
        *,
        case minor_unit_digits when 0 then {{ prorated('whole_amount', '1', '100') }} else whole_amount end as whole_units
    from wholes
),

shared as (
    {{ largest_remainder(
        'in_units',
        ['payment_id', 'refund_id', 'step', 'moved_on', 'currency', 'minor_unit_digits', 'invoice_line_id', 'gives_back'],
        ['payment_id', 'step', 'gives_back'],
        'whole_units',
        'weight',
        'invoice_line_id',
        'share_units'
    ) }}
),

signed as (
    select
        *,
        case when gives_back then -share_units else share_units end as signed_units
    from shared
),

kept_by_line as (
    select
        *,
        case minor_unit_digits when 0 then 100 * signed_units else signed_units end as kept_amount
    from signed
),

allocated as (
    select
        payment_id,
        refund_id,
        invoice_line_id,
        currency,
        moved_on,
        kept_amount - coalesce(
            lag(kept_amount) over (partition by payment_id, invoice_line_id order by step), 0
        ) as amount
    from kept_by_line
),

contracted as (
    select
        payment_id || coalesce('|' || refund_id, '') || coalesce('|' || invoice_line_id, '') as payment_allocation_id,
        payment_id,
        refund_id,
        invoice_line_id,
        cast(amount as decimal(18, 2)) as amount,
        currency,
        moved_on as paid_on,
        'stripe' as source_system
    from allocated
    where amount <> 0
)

select * from contracted
