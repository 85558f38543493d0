with terms as (
    select * from {{ ref('int_contract_terms_valued') }}
),

followers as (
    select
        followed.*,
        -- What falls to nothing is no smaller contract: it is gone, also where somebody wrote a renewal of 0.
        followed.acv_amount > 0 or terms.acv_amount = 0 as is_renewal,
        row_number() over (partition by followed.contract_id order by followed.follows_from, followed.followed_by) as place
    from {{ ref('int_contract_terms_followed') }} as followed
    inner join terms on followed.contract_id = terms.contract_id
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

summed as (
    select
        contract_id,
        min(renewal_method) as renewal_method,
        min(followed_by) filter (where place = 1 and renewal_method = 'contract') as successor_contract_id,
        -- The first to be agreed: a contract that is agreed later never moves the day.
        min(agreed_on) filter (where is_renewal) as agreed_on,
        -- Amounts in several currencies have no sum in any of them.
        case when min(currency) = max(currency) then min(currency) end as currency,
        case when min(currency) = max(currency) then cast(sum(acv_amount) as decimal(18, 2)) end as acv_amount,
        cast(sum(reporting_acv_amount) as decimal(18, 2)) as reporting_acv_amount
    from followers
    group by contract_id
),

compared as (
    select
        terms.contract_id,
        terms.customer_id,
        terms.is_terminated,
        terms.is_auto_renewal,
        terms.service_start_on,
        terms.due_on,
        terms.due_month_start,
        terms.currency,
        terms.acv_amount,
        terms.reporting_acv_amount,
        summed.renewal_method,
        summed.successor_contract_id,
        summed.agreed_on,
        summed.currency as after_currency,
        summed.acv_amount as acv_after_amount,
        summed.reporting_acv_amount as reporting_acv_after_amount,
        -- A rate must not make a renewal at the same price look like growth or loss.
        case
            when summed.currency = terms.currency then summed.acv_amount - terms.acv_amount
            else summed.reporting_acv_amount - terms.reporting_acv_amount
        end as acv_change_amount,
        summed.agreed_on is not null as is_followed
    from terms
    left join summed on terms.contract_id = summed.contract_id
),

judged as (
    select
        compared.*,
        case
            when compared.is_followed and compared.acv_change_amount > 0 then 'expanded'
            when compared.is_followed and compared.acv_change_amount < 0 then 'contracted'
            when compared.is_followed then 'renewed'
            when compared.is_terminated then 'lapsed'
            when compared.due_on > as_of.as_of_on then 'upcoming'
            when {{ days_later('compared.due_on', var('renewal_grace_days')) }} > as_of.as_of_on then 'pending'
            else 'lapsed'
        end as outcome
    from compared
    cross join as_of
),

timed as (
    select
        contract_id,
        customer_id,
        is_terminated,
        is_auto_renewal,
        service_start_on,
        due_on,
        due_month_start,
        outcome,
        case when is_followed then renewal_method end as renewal_method,
        successor_contract_id,
        agreed_on as renewed_on,
        case when is_followed then greatest({{ days_between('due_on', 'agreed_on') }}, 0) end as days_late,
        currency,
        acv_amount,
        reporting_acv_amount,
        case when outcome = 'lapsed' then currency when is_followed then after_currency end as after_currency,
        case when outcome = 'lapsed' then 0 when is_followed then acv_after_amount end as acv_after_amount,
        case when outcome = 'lapsed' then 0 when is_followed then reporting_acv_after_amount end
            as reporting_acv_after_amount
    from judged
)

select * from timed
