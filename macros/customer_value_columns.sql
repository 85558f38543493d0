{% macro customer_value_columns(values, thresholds) -%}
  {%- for column in [
      'cac_amount', 'cac_missing_reason',
      'predicted_clv_amount', 'predicted_clv_missing_reason',
      'npv_clv_amount', 'npv_clv_missing_reason',
      'cross_sell_value_amount', 'cross_sell_value_missing_reason',
      'referral_value_amount', 'referral_value_missing_reason',
      'total_clv_amount', 'total_clv_missing_reason',
      'cac_to_clv_ratio', 'cac_to_clv_missing_reason',
      'clv_to_cac_ratio', 'clv_to_cac_missing_reason',
      'payback_months', 'payback_missing_reason',
  ] -%}
  {{ values }}.{{ column }},
  {% endfor -%}
  case {{ thresholds }}.comparison
      when 'at_most' then {{ values }}.cac_to_clv_ratio <= {{ thresholds }}.threshold
      when 'at_least' then {{ values }}.cac_to_clv_ratio >= {{ thresholds }}.threshold
  end as is_healthy
{%- endmacro %}
