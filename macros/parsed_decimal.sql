{% macro parsed_decimal(text, precision=18, scale=2) -%}
  {#- The expression goes first: try_cast accepts different texts on the two engines and rounds digits it has no room for. -#}
  {%- set fraction = '([.][0-9]{1,' ~ scale ~ '})?' if scale else '' -%}
  case when {{ matches(text, '^-?[0-9]{1,' ~ (precision - scale) ~ '}' ~ fraction ~ '$') }} then cast({{ text }} as decimal({{ precision }}, {{ scale }})) end
{%- endmacro %}
