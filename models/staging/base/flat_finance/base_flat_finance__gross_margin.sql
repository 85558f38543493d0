{% set month_start = parsed_date("landed.month || '-01'") %}
{% set gross_margin = parsed_decimal('landed.gross_margin', 18, 6) %}
{% set reject_rules = {
    'month_is_no_month': month_start ~ ' is null',
    'implausible_date': is_implausible(month_start),
    'gross_margin_is_no_number': gross_margin ~ ' is null',
    'gross_margin_is_no_share': gross_margin ~ ' not between -1 and 1',
} %}

{{ judged_rows(source('flat_finance', 'gross_margin'), key=['product_line', 'month'], reject_rules=reject_rules) }}
