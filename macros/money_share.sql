{% macro money_share(amount, times=[], over=[], minor_unit_digits='2') -%}
  {%- set digits = namespace(above=0, below=0) -%}
  {%- for factor, scale in times -%}{%- set digits.above = digits.above + scale -%}{%- endfor -%}
  {%- for divisor, scale in over -%}{%- set digits.below = digits.below + scale -%}{%- endfor -%}
  {%- set above = exact_product([[amount, 2]] + times + [[10 ** [digits.below - digits.above, 0] | max, 0]]) -%}
  {%- set below = exact_product(over + [[10 ** [digits.above - digits.below, 0] | max, 0]]) -%}
  {{ return(money_quotient(above, below, minor_unit_digits)) }}
{%- endmacro %}
