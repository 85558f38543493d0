with terms as (
    select
        customer_id,
        service_start_on,
        due_on,
        renewed_on
    from {{ ref('int_contract_terms_judged') }}
    -- Nobody says when a contract was terminated; since then there is nothing to renew.
    where not is_terminated
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
