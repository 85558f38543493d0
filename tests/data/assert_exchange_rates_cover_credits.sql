-- A missing rate is never 1: it is named with its currencies, kind and month.
with credits as (
    select * from {{ ref('int_credits') }}
)

select
    currency,
    plan_currency,
    plan_code,
    {{ month_start('credited_on') }} as month_start,
    count(*) as credit_count
from credits
where plan_code is not null and plan_credit_amount is null
group by currency, plan_currency, plan_code, {{ month_start('credited_on') }}
