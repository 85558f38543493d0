-- Every customer of a fact is a row of dim_customers: a BI tool's inner join loses no money.
with customers as (
    select customer_id from {{ ref('dim_customers') }}
),

facts as (
    {% for fact in [
        'fct_mrr_movements',
        'fct_mrr_by_customer_month',
        'fct_committed_mrr_by_customer',
        'fct_bookings_vs_billing',
        'fct_billing_without_booking',
        'fct_survey_responses',
        'fct_customer_health_by_quarter',
        'fct_renewals_at_risk',
        'fct_renewals',
        'fct_churns',
        'fct_customer_value',
    ] %}
    select
        '{{ fact }}' as fact,
        customer_id
    from {{ ref(fact) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    facts.fact,
    facts.customer_id,
    count(*) as row_count
from facts
left join customers on facts.customer_id = customers.customer_id
where customers.customer_id is null
group by facts.fact, facts.customer_id
