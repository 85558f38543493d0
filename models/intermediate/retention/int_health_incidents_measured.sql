with payments as (
    select
        billing_customer_id,
        status,
        paid_on
    from {{ ref('input_payments') }}
),

cases as (
    select
        account_id,
        is_complaint,
        opened_on
    from {{ ref('input_support_cases') }}
),

linked_customers as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_linked') }}
),

quarters as (
    select * from {{ ref('int_customer_quarters_spanned') }}
),

incidents as (
    select
        'payment_failures' as component,
        coalesce(linked_customers.customer_id, payments.billing_customer_id) as customer_id,
        payments.paid_on as occurred_on
    from payments
    left join linked_customers on payments.billing_customer_id = linked_customers.billing_customer_id
    where payments.status = 'failed'
    union all
    select
        'complaints' as component,
        account_id as customer_id,
        opened_on as occurred_on
    from cases
    where is_complaint
),

-- Before a system tells of anybody, no incident says nothing; from then on it says that all is well.
told_since as (
    select
        'payment_failures' as component,
        min(paid_on) as told_since_on
    from payments
    union all
    select
        'complaints' as component,
        min(opened_on) as told_since_on
    from cases
),

measured as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        told_since.component,
        cast(count(incidents.occurred_on) as decimal(18, 6)) as component_value
    from quarters
    inner join told_since on quarters.state_on >= told_since.told_since_on
    left join incidents
        on
            told_since.component = incidents.component
            and quarters.customer_id = incidents.customer_id
            and incidents.occurred_on between quarters.quarter_start and quarters.state_on
    group by quarters.customer_id, quarters.quarter_start, told_since.component
)

select * from measured
