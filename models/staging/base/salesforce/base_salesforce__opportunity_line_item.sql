{% set price_text = 'cast(landed.total_price as string)' %}
{# A line may give something back, so its price may be negative; how many are sold is a number above nothing. #}
{% set reject_rules = {
    'missing_opportunity': 'landed.opportunity_id is null',
    'missing_product': 'landed.product_2_id is null',
    'missing_price': 'landed.total_price is null',
    'price_not_in_cents': 'coalesce(try_cast(' ~ price_text ~ ' as decimal(38, 10)) <> try_cast('
    ~ price_text ~ ' as decimal(18, 2)), true)',
    'quantity_not_positive': 'landed.quantity <= 0',
} %}

{{ judged_rows(source('salesforce', 'opportunity_line_item'), key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
