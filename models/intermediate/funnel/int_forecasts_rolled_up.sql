{% set amounts = ['closed', 'commit', 'most_likely', 'best_case', 'pipeline', 'omitted', 'unmapped', 'weighted', 'crm_weighted'] %}
{% set counts = ['closed_count', 'open_count'] %}

with summed as (
    select
        *,
        {{ fiscal_period_end('quarter_start', "'quarter'") }} as quarter_end
    from {{ ref('int_forecast_deals_summed') }}
),

managers as (
    select * from {{ ref('int_users_managed') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

-- A deal counts once for its owner and once for each manager above, as the tree stood when the quarter ended, or stands today.
counted as (
    select
        'own' as scope,
        summed.*
    from summed
    union all
    select
        'team' as scope,
        summed.*
    from summed
    union all
    select
        'team' as scope,
        managers.manager_user_id as owner_user_id,
        summed.quarter_start,
        summed.opportunity_type,
        {% for amount in amounts %}
        summed.{{ amount }}_amount,
        {% endfor %}
        {% for count in counts %}
        summed.{{ count }},
        {% endfor %}
        summed.quarter_end
    from summed
    cross join as_of
    inner join managers
        on
            summed.owner_user_id = managers.user_id
            and managers.valid_from <= least(summed.quarter_end, as_of.as_of_on)
            and (managers.valid_to is null or managers.valid_to > least(summed.quarter_end, as_of.as_of_on))
),

rolled_up as (
    select
        {% for scope in ['own', 'team'] %}
        {% for column in amounts %}
        cast(sum(case when scope = '{{ scope }}' then {{ column }}_amount else 0 end) as decimal(18, 2)) as {{ scope }}_{{ column }},
        {% endfor %}
        {% for column in counts %}
        cast(sum(case when scope = '{{ scope }}' then {{ column }} else 0 end) as bigint) as {{ scope }}_{{ column }},
        {% endfor %}
        {% endfor %}
        owner_user_id,
        quarter_start,
        opportunity_type
    from counted
    group by owner_user_id, quarter_start, opportunity_type
)

select * from rolled_up
