with terms as (
    select
        contract_id,
        customer_id,
        service_start_on,
        due_on,
        renewed_on,
        is_terminated
    from {{ ref('int_contract_terms_judged') }}
),

contracts as (
    select
        contract_id,
        terminated_on
    from {{ ref('input_contracts') }}
),

quarters as (
    select * from {{ ref('int_customer_quarters_spanned') }}
),

next_due as (
    select
        quarters.customer_id,
        quarters.quarter_start,
        quarters.state_on,
        min(terms.due_on) as due_on
    from quarters
    inner join terms
        on
            quarters.customer_id = terms.customer_id
            and quarters.state_on >= terms.service_start_on
            and quarters.state_on < terms.due_on
            -- What was signed later was open then.
            and (terms.renewed_on is null or quarters.state_on < terms.renewed_on)
    left join contracts on terms.contract_id = contracts.contract_id
    -- Once terminated there is nothing to renew; on which day that was, not every source tells.
    where not terms.is_terminated or contracts.terminated_on > quarters.state_on
    group by quarters.customer_id, quarters.quarter_start, quarters.state_on
),

measured as (
    select
        customer_id,
        quarter_start,
        'days_to_renewal' as component,
        cast({{ days_between('state_on', 'due_on') }} as decimal(18, 6)) as component_value
    from next_due
)

select * from measured
