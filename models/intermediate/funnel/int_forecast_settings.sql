{% set settings = [
    'prior_win_rate',
    'prior_attainment_rate',
    'prior_count',
    'habit_percentile',
    'habit_count_from',
    'contact_window_days',
    'backtest_days',
] %}

with rows_of_settings as (
    select
        setting,
        value
    from {{ ref('forecast_settings') }}
),

pivoted as (
    select
        {% for setting in settings %}
        max(case when setting = '{{ setting }}' then value end) as {{ setting }},
        {% endfor %}
        count(*) as setting_count
    from rows_of_settings
)

select * from pivoted
