{% macro customer_values(relation) -%}
  {%- set discount = var('clv_discount_rate') -%}
  {%- set gone = "case when mrr_amount = 0 then 'no_current_mrr' end" -%}
  {%- set unknown_future = gone ~ ', monthly_gross_profit_missing_reason, churn_missing_reason' -%}
  {#- A month's discount is a twelfth of the year's: both sides are multiplied by 12, so that nothing is rounded before. -#}
  {%- set discounted_churn = discount ~ ' + 12 * churn_rate' -%}
  select
    *,
    case when cac_to_clv_missing_reason is null then {{ prorated('cac_amount', whole='total_clv_amount', scale=6) }} end as cac_to_clv_ratio,
    case when clv_to_cac_missing_reason is null then {{ prorated('total_clv_amount', whole='cac_amount', scale=6) }} end as clv_to_cac_ratio,
    case
        when payback_missing_reason is null then {{ prorated('cac_amount', whole='monthly_gross_profit_amount', scale=6) }}
    end as payback_months
  from (
    select
        *,
        coalesce(
            cac_missing_reason, total_clv_missing_reason, case when total_clv_amount <= 0 then 'no_value' end
        ) as cac_to_clv_missing_reason,
        coalesce(cac_missing_reason, total_clv_missing_reason, case when cac_amount <= 0 then 'no_costs' end) as clv_to_cac_missing_reason,
        coalesce(
            cac_missing_reason,
            {{ gone }},
            monthly_gross_profit_missing_reason,
            case when monthly_gross_profit_amount <= 0 then 'no_gross_profit' end
        ) as payback_missing_reason
    from (
        select
            *,
            coalesce(cross_sell_value_missing_reason, referral_value_missing_reason) as total_clv_missing_reason,
            cast(npv_clv_amount + cross_sell_value_amount + referral_value_amount as decimal(18, 2)) as total_clv_amount
        from (
            select
                *,
                coalesce(predicted_clv_missing_reason, expansion_missing_reason) as cross_sell_value_missing_reason,
                coalesce(predicted_clv_missing_reason, referral_missing_reason) as referral_value_missing_reason,
                {{ prorated('predicted_clv_amount', 'expansion_rate') }} as cross_sell_value_amount,
                {{ prorated('predicted_clv_amount', 'referral_rate') }} as referral_value_amount
            from (
                select
                    *,
                    case
                        when predicted_clv_missing_reason is null then {{ prorated('1', 'monthly_gross_profit_amount', 'churn_rate') }}
                    end as predicted_clv_amount,
                    case
                        when npv_clv_missing_reason is null
                            then {{ prorated('12 + ' ~ discount, 'monthly_gross_profit_amount', discounted_churn) }}
                    end as npv_clv_amount
                from (
                    select
                        *,
                        coalesce({{ unknown_future }}, case when churn_rate = 0 then 'no_churn' end) as predicted_clv_missing_reason,
                        coalesce(
                            {{ unknown_future }}, case when {{ discounted_churn }} = 0 then 'no_churn' end
                        ) as npv_clv_missing_reason
                    from {{ relation }}
                ) as reasoned
            ) as predicted
        ) as extended
    ) as totalled
  ) as comparable
{%- endmacro %}
