with terms as (
    select * from {{ ref('int_contract_terms_valued') }}
),

segments as (
    select
        contract_id,
        currency,
        segment_from,
        segment_to,
        cancels_on,
        annualised_amount
    from {{ ref('int_mrr_segments_priced') }}
    where not is_signed
),

rates as (
    select * from {{ ref('int_exchange_rates_by_month') }}
),

as_of as (
    select as_of_on from {{ ref('as_of') }}
),

successors as (
    select
        terms.contract_id,
        terms.rate_month_start,
        'contract' as renewal_method,
        followers.contract_id as followed_by,
        followers.service_start_on as follows_from,
        coalesce(followers.signed_on, followers.service_start_on) as agreed_on,
        followers.currency,
        followers.acv_amount
    from terms
    -- A contract cannot renew one that begins after it: two that name each other would both look renewed.
    inner join terms as followers
        on
            terms.contract_id = followers.previous_contract_id
            and terms.service_start_on < followers.service_start_on
),

-- What billing still charges under a contract that renews unless cancelled, on the first day after its term.
continued as (
    select
        terms.contract_id,
        terms.rate_month_start,
        'auto_renewal' as renewal_method,
        segments.currency as followed_by,
        terms.due_on as follows_from,
        terms.due_on as agreed_on,
        segments.currency,
        cast(sum(segments.annualised_amount) as decimal(18, 2)) as acv_amount
    from terms
    cross join as_of
    left join successors on terms.contract_id = successors.contract_id
    inner join segments
        on
            terms.contract_id = segments.contract_id
            and terms.due_on >= segments.segment_from
            and (segments.segment_to is null or terms.due_on < segments.segment_to)
    where
        terms.is_auto_renewal
        and not terms.is_terminated_in_term
        and terms.due_on <= as_of.as_of_on
        and successors.contract_id is null
        -- The end that was asked for may be due today and not have arrived yet.
        and (segments.cancels_on is null or segments.cancels_on > terms.due_on)
    group by terms.contract_id, terms.rate_month_start, terms.due_on, segments.currency
),

followed as (
    select * from successors
    union all
    select * from continued
),

converted as (
    select
        followed.contract_id,
        followed.renewal_method,
        followed.followed_by,
        followed.follows_from,
        followed.agreed_on,
        followed.rate_month_start,
        followed.currency,
        followed.acv_amount,
        {{ prorated('followed.acv_amount', 'rates.rate') }} as reporting_acv_amount
    from followed
    left join rates
        on
            followed.currency = rates.from_currency
            and followed.rate_month_start = rates.month_start
)

select * from converted
