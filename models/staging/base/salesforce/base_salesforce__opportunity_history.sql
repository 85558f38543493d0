{% set amount_text = 'cast(landed.amount as string)' %}
{% set reject_rules = {
    'missing_opportunity': is_missing('landed.opportunity_id'),
    'missing_stage': is_missing('landed.stage_name'),
    'negative_amount': 'landed.amount < 0',
    'amount_not_in_cents': 'landed.amount is not null and coalesce(try_cast(' ~ amount_text
    ~ ' as decimal(38, 10)) <> try_cast(' ~ amount_text ~ ' as decimal(18, 2)), true)',
    'implausible_amount': is_too_large('landed.amount'),
    'probability_out_of_range': 'landed.probability < 0 or landed.probability > 100',
    'missing_change_date': 'landed.created_date is null',
    'changed_after_arrival': 'landed.created_date > landed._fivetran_synced',
    'implausible_change_date': is_implausible('landed.created_date'),
    'implausible_close_date': is_implausible('landed.close_date'),
} %}

{# A row that is marked as deleted is a change all the same: what became of the deal later does not undo it. #}
{{ judged_rows(source('salesforce', 'opportunity_history'), key=['id'], reject_rules=reject_rules, currency_column='currency_iso_code') }}
