-- A line that its slices do not explain; what only tops a window up has none.
with slices as (
    select
        line_id,
        sum(amount) as sliced_amount
    from {{ ref('fct_payout_line_slices') }}
    group by line_id
),

lines as (
    select
        line_id,
        gross_amount
    from {{ ref('fct_payout_lines') }}
)

select
    coalesce(lines.line_id, slices.line_id) as line_id,
    lines.gross_amount,
    slices.sliced_amount
from lines
full outer join slices on lines.line_id = slices.line_id
where coalesce(lines.gross_amount, 0) <> coalesce(slices.sliced_amount, 0)
