{% macro minutes_worked_until(utc_timestamp, day) -%}
  {{ return(
    '(' ~ day ~ '.minutes_before + least(cast(' ~ day ~ '.working_minutes as bigint), greatest(cast(0 as bigint), cast('
    ~ business_minute(utc_timestamp) ~ ' - ' ~ 60 * var('working_day_starts_at_hour') ~ ' as bigint))))'
  ) }}
{%- endmacro %}
