{% set served_months = 'cast(' ~ whole_months_between('service_start_on', 'lost_on') ~ ' as int)' %}

with rules as (
    select * from {{ ref('int_clawback_rules_matched') }}
),

losses as (
    {%- for trigger, losses in [
        ('churn', 'int_churn_losses_matched'),
        ('churn', 'int_partial_losses_matched'),
        ('refund', 'int_refund_losses_matched'),
        ('unpaid_days', 'int_unpaid_losses_matched'),
        ('payee_left', 'int_departure_losses_matched'),
    ] %}
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        '{{ trigger }}' as clawback_trigger,
        lost_on,
        cast(lost_amount as decimal(18, 2)) as lost_amount,
        cast(base_amount as decimal(18, 2)) as base_amount
    from {{ ref(losses) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

timed as (
    select
        losses.*,
        rules.method,
        coalesce(rules.months, 1) as whole_months,
        rules.months is null as is_never_safe,
        rules.service_start_on
    from losses
    inner join rules
        on
            losses.event_key = rules.event_key
            and losses.plan_code = rules.plan_code
            and losses.component_code = rules.component_code
            and losses.payee_id = rules.payee_id
            and losses.clawback_trigger = rules.clawback_trigger
),

-- Of what is lost, the months that were served are kept.
served as (
    select
        *,
        case
            when is_never_safe then 0
            when {{ served_months }} >= whole_months then whole_months
            when method = 'linear' then greatest({{ served_months }}, 0)
            else 0
        end as kept_months
    from timed
),

weighed as (
    select
        event_key,
        plan_code,
        component_code,
        payee_id,
        clawback_trigger,
        cast(greatest(
            {{ prorated('max(base_amount)', 'max(whole_months)') }} - sum({{ prorated('lost_amount', 'whole_months - kept_months') }}), 0
        ) as decimal(18, 2)) as retained_part,
        cast({{ prorated('max(base_amount)', 'max(whole_months)') }} as decimal(18, 2)) as retained_whole,
        coalesce(min(case when kept_months < whole_months then lost_on end), min(lost_on)) as triggered_on
    from served
    group by event_key, plan_code, component_code, payee_id, clawback_trigger
)

select * from weighed
