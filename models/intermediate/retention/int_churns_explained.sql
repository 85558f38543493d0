with churns as (
    select * from {{ ref('int_churns_dated') }}
),

subscriptions as (
    select * from {{ ref('int_churned_subscriptions_judged') }}
),

payments as (
    select
        payment_id,
        billing_customer_id,
        status,
        paid_at,
        paid_on
    from {{ ref('input_payments') }}
),

linked_customers as (
    select
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_linked') }}
),

-- Several subscriptions may end at once: the largest of those of which anything is known speaks for all.
leading_subscriptions as (
    select * from subscriptions
    where stated_kind is not null
    qualify row_number() over (
        partition by customer_id, currency, occurred_on
        order by lost_mrr_amount desc, subscription_id asc
    ) = 1
),

attempts as (
    select
        payments.payment_id,
        coalesce(linked_customers.customer_id, payments.billing_customer_id) as customer_id,
        payments.status,
        payments.paid_at,
        payments.paid_on
    from payments
    left join linked_customers on payments.billing_customer_id = linked_customers.billing_customer_id
),

-- Earlier attempts may have failed and the last have succeeded: the latest counts, of one time the one with the largest id.
latest_attempts as (
    select
        churns.customer_id,
        churns.currency,
        churns.occurred_on,
        attempts.status
    from churns
    inner join attempts
        on
            churns.customer_id = attempts.customer_id
            and churns.occurred_on >= attempts.paid_on
            and {{ days_between('attempts.paid_on', 'churns.occurred_on') }} <= {{ var('churn_payment_failure_days') }}
    qualify row_number() over (
        partition by churns.customer_id, churns.currency, churns.occurred_on
        order by attempts.paid_at desc, attempts.payment_id desc
    ) = 1
),

explained as (
    select
        churns.customer_id,
        churns.currency,
        churns.occurred_on,
        churns.lost_mrr_amount,
        churns.reporting_lost_mrr_amount,
        churns.first_mrr_on,
        churns.tenure_months,
        leading_subscriptions.churn_reason,
        case
            when leading_subscriptions.stated_kind is not null then leading_subscriptions.stated_kind
            when latest_attempts.status = 'failed' then 'involuntary'
            else 'unknown'
        end as churn_kind,
        churns.returned_on
    from churns
    left join leading_subscriptions
        on
            churns.customer_id = leading_subscriptions.customer_id
            and churns.currency = leading_subscriptions.currency
            and churns.occurred_on = leading_subscriptions.occurred_on
    left join latest_attempts
        on
            churns.customer_id = latest_attempts.customer_id
            and churns.currency = latest_attempts.currency
            and churns.occurred_on = latest_attempts.occurred_on
)

select * from explained
