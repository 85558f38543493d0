-- What counts towards attainment counts in plan currency: a missing rate is never 1, and is named.
select
    basis_key,
    currency,
    plan_currency,
    effective_on
from {{ ref('int_adjustments_counted') }}
where plan_credit_amount is null
