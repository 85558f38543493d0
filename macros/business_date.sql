{% macro business_date(utc_timestamp) -%}
  {{ return(adapter.dispatch('business_date')(utc_timestamp, var('reporting_timezone'))) }}
{%- endmacro %}


{% macro duckdb__business_date(utc_timestamp, time_zone) -%}
  {{ return("cast(timezone('" ~ time_zone ~ "', timezone('UTC', " ~ utc_timestamp ~ ")) as date)") }}
{%- endmacro %}


{% macro spark__business_date(utc_timestamp, time_zone) -%}
  {{ return("cast(from_utc_timestamp(" ~ utc_timestamp ~ ", '" ~ time_zone ~ "') as date)") }}
{%- endmacro %}
