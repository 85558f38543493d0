{% set slices = ['team', 'owner'] %}

with bucketed as (
    select * from {{ ref('int_pipeline_moves_bucketed') }}
),

sliced as (
    select
        period_type,
        period_start,
        horizon,
        'company' as slice,
        'all' as slice_value,
        bucket,
        opening_amount,
        closing_amount,
        is_in_opening,
        is_in_closing
    from bucketed
    {%- for slice in slices %}
    {%- set opening, closing = 'opening_' ~ slice ~ '_user_id', 'closing_' ~ slice ~ '_user_id' %}
    union all
    select
        period_type,
        period_start,
        horizon,
        '{{ slice }}' as slice,
        case when is_in_opening then {{ opening }} else {{ closing }} end as slice_value,
        case when is_in_opening and is_in_closing and {{ opening }} <> {{ closing }} then 'owner_out' else bucket end as bucket,
        opening_amount,
        case when is_in_opening and {{ opening }} <> {{ closing }} then 0 else closing_amount end as closing_amount,
        is_in_opening,
        is_in_closing and not (is_in_opening and {{ opening }} <> {{ closing }}) as is_in_closing
    from bucketed
    union all
    select
        period_type,
        period_start,
        horizon,
        '{{ slice }}' as slice,
        {{ closing }} as slice_value,
        'owner_in' as bucket,
        0 as opening_amount,
        closing_amount,
        false as is_in_opening,
        true as is_in_closing
    from bucketed
    where is_in_opening and is_in_closing and {{ opening }} <> {{ closing }}
    {%- endfor %}
),

summed as (
    select
        period_type,
        horizon,
        slice,
        slice_value,
        period_start,
        bucket,
        cast(sum(opening_amount) as decimal(18, 2)) as opening_amount,
        cast(sum(closing_amount) as decimal(18, 2)) as closing_amount,
        cast(sum(case when is_in_opening then 1 else 0 end) as int) as opening_count,
        cast(sum(case when is_in_closing then 1 else 0 end) as int) as closing_count,
        cast(count(*) as int) as opportunity_count
    from sliced
    where bucket is not null
    group by period_type, horizon, slice, slice_value, period_start, bucket
)

select * from summed
