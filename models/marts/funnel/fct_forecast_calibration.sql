{% set methods = ['own_history', 'base_rate', 'crm'] %}

with judged as (
    select * from {{ ref('int_forecasts_judged') }}
),

by_method as (
    {% for method in methods -%}
    select
        subject,
        '{{ method }}' as forecast_method,
        {{ method }}_probability as probability,
        sum(forecast_count) as forecast_count,
        sum(realised_count) as realised_count
    from judged
    group by subject, {{ method }}_probability
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- The tenth decile ends with certainty.
banded as (
    select
        subject,
        forecast_method,
        least({{ integer_quotient(scaled_integer('probability', 6), '100000') }} + 1, 10) as decile,
        {{ exact_product([['probability', 6], ['forecast_count', 0]]) }} as probability_sum,
        -- (p - 1) squared for what came true, p squared for the rest; in millionths of millionths.
        {{ exact_product([['1 - probability', 6], ['1 - probability', 6], ['realised_count', 0]]) }}
        + {{ exact_product([['probability', 6], ['probability', 6], ['forecast_count - realised_count', 0]]) }} as squared_error_sum,
        forecast_count,
        realised_count
    from by_method
),

sliced as (
    select
        'decile' as slice,
        banded.*
    from banded
    union all
    select
        'total' as slice,
        subject,
        forecast_method,
        0 as decile,
        probability_sum,
        squared_error_sum,
        forecast_count,
        realised_count
    from banded
),

summed as (
    select
        subject,
        forecast_method,
        slice,
        cast(decile as int) as decile,
        cast(sum(forecast_count) as bigint) as forecast_count,
        cast(sum(realised_count) as bigint) as realised_count,
        sum(probability_sum) as probability_sum,
        sum(squared_error_sum) as squared_error_sum
    from sliced
    group by subject, forecast_method, slice, decile
),

fct_forecast_calibration as (
    select
        subject,
        forecast_method,
        slice,
        decile,
        forecast_count,
        realised_count,
        {{ rounded_quotient('probability_sum', scaled_integer('forecast_count', 0), 6) }} as predicted_rate,
        {{ prorated('realised_count', '1', 'forecast_count', 6) }} as realised_rate,
        {{ rounded_quotient('squared_error_sum', scaled_integer('forecast_count', 6), 6) }} as brier_score
    from summed
)

select * from fct_forecast_calibration
