{% macro business_minute(utc_timestamp) -%}
  {{ return(adapter.dispatch('business_minute')(utc_timestamp, var('reporting_timezone'))) }}
{%- endmacro %}


{% macro duckdb__business_minute(utc_timestamp, time_zone) -%}
  {%- set local_time = "timezone('" ~ time_zone ~ "', timezone('UTC', " ~ utc_timestamp ~ '))' -%}
  {{ return('cast(60 * hour(' ~ local_time ~ ') + minute(' ~ local_time ~ ') as int)') }}
{%- endmacro %}


{% macro spark__business_minute(utc_timestamp, time_zone) -%}
  {%- set local_time = 'from_utc_timestamp(' ~ utc_timestamp ~ ", '" ~ time_zone ~ "')" -%}
  {{ return('cast(60 * hour(' ~ local_time ~ ') + minute(' ~ local_time ~ ') as int)') }}
{%- endmacro %}
