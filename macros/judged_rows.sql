{% macro judged_rows(landed, key, reject_rules, delete_marker=none, currency_column=none) -%}
{#- The rules every table has: a row that has no key or no arrival cannot be placed, not even as a delete marker. -#}
{%- set deleted = 'coalesce(landed.' ~ adapter.quote(delete_marker) ~ ', false)' if delete_marker else 'false' -%}
{%- set quoted_key = [] -%}
{%- for column in key %}{% do quoted_key.append(adapter.quote(column)) %}{% endfor -%}
with judged as (
    select
        landed.*,
        {%- if currency_column %}
        currencies.minor_unit_digits,
        {%- endif %}
        {{ deleted }} as is_delete_marker,
        case
            {%- for column in key %}
            when coalesce(trim(cast(landed.{{ adapter.quote(column) }} as string)), '') = '' then 'missing_key'
            {%- endfor %}
            when landed._fivetran_synced is null then 'missing_arrival'
            when {{ deleted }} then null
            {%- if currency_column %}
            when landed.{{ adapter.quote(currency_column) }} is not null and currencies.currency_code is null then 'unknown_currency'
            {%- endif %}
            {%- for reason, condition in reject_rules.items() %}
            when {{ condition }} then '{{ reason }}'
            {%- endfor %}
        end as reject_reason,
        {% for column in key -%}
        {{ "coalesce(cast(landed." ~ adapter.quote(column) ~ " as string), '')" }}{{ " || '|' || " if not loop.last }}
        {%- endfor %} as row_key,
        coalesce(landed._fivetran_synced > knowledge.as_of, false) as is_later
    from {{ landed }} as landed
    cross join {{ ref('as_of') }} as knowledge
    {%- if currency_column %}
    left join {{ ref('currencies') }} as currencies
        on upper(landed.{{ adapter.quote(currency_column) }}) = currencies.currency_code
    {%- endif %}
),

ranked as (
    select
        *,
        -- Several versions of one row land over time: the newest good one stands. They agree in every column of the
        -- key; `row_key` is for people, and in it two keys may look alike.
        row_number() over (
            partition by {{ quoted_key | join(', ') }}, is_later, reject_reason is null
            order by _fivetran_synced desc nulls last, _file desc, _row desc
        ) as version_rank
    from judged
)

select
    *,
    case
        when is_later then 'later'
        when reject_reason is not null then 'quarantined'
        when version_rank > 1 then 'superseded'
        when is_delete_marker then 'deleted'
        else 'staged'
    end as row_status
from ranked
{%- endmacro %}
