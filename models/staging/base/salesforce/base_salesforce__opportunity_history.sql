{% set earliest = "cast('" ~ var('plausible_from') ~ "' as date)" %}
{% set latest = months_later('cast(landed._fivetran_synced as date)', 12 * var('plausible_years_ahead')) %}
{% set amount_text = 'cast(landed.amount as string)' %}
{% set reject_rules = {
    'missing_opportunity': 'landed.opportunity_id is null',
    'missing_stage': 'landed.stage_name is null',
    'negative_amount': 'landed.amount < 0',
    'amount_not_in_cents': 'landed.amount is not null and coalesce(try_cast(' ~ amount_text
    ~ ' as decimal(38, 10)) <> try_cast(' ~ amount_text ~ ' as decimal(18, 2)), true)',
    'probability_out_of_range': 'landed.probability < 0 or landed.probability > 100',
    'missing_change_date': 'landed.created_date is null',
    'changed_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_change_date': 'landed.created_date < ' ~ earliest,
    'implausible_close_date': 'landed.close_date < ' ~ earliest ~ ' or landed.close_date > ' ~ latest,
} %}

{# A row that is marked as deleted is a change all the same: what became of the deal later does not undo it. #}
{{ judged_rows(source('salesforce', 'opportunity_history'), key=['id'], reject_rules=reject_rules, currency_column='currency_iso_code') }}
