{% set price_text = 'cast(landed.total_price as string)' %}
{# A line may give something back, so its price may be negative; how many are sold is a number above nothing. #}
{% set reject_rules = {
    'missing_opportunity': is_missing('landed.opportunity_id'),
    'missing_product': is_missing('landed.product_2_id'),
    'missing_price': 'landed.total_price is null',
    'price_not_in_cents': 'coalesce(try_cast(' ~ price_text ~ ' as decimal(38, 10)) <> try_cast('
    ~ price_text ~ ' as decimal(18, 2)), true)',
    'implausible_price': is_too_large('landed.total_price'),
    'quantity_not_positive': 'landed.quantity <= 0',
    'implausible_quantity': is_too_large('landed.quantity'),
} %}

{{ judged_rows(source('salesforce', 'opportunity_line_item'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
