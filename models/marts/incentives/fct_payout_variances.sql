with pending as (
    select * from {{ ref('fct_pending_postings') }}
    where pending_amount <> 0 or is_blocked
),

events as (
    select
        event_key,
        event_type,
        occurred_on,
        amount,
        currency,
        source_system,
        source_id,
        movement_key
    from {{ ref('int_incentive_events') }}
),

-- Parts of one line come and go: what matters is when anything was posted for it last.
last_posted as (
    select
        payee_id,
        component_code,
        basis_key,
        max(sequence) as last_sequence,
        max(posting_period_start) as last_posting_period_start
    from {{ ref('fct_payout_ledger') }}
    group by payee_id, component_code, basis_key
),

fct_payout_variances as (
    select
        pending.payee_id,
        pending.component_code,
        pending.basis_key,
        pending.part,
        pending.earning_period_start,
        pending.currency,
        pending.posting_period_start,
        pending.reason,
        pending.changed,
        pending.entitlement_amount,
        pending.posted_amount,
        pending.pending_amount,
        last_posted.last_sequence,
        last_posted.last_posting_period_start,
        -- Of an event that the source no longer has, its key is all that is known.
        split_part(pending.basis_key, ':', 1) as event_type,
        case
            when split_part(pending.basis_key, ':', 1) in ('window', 'draw', 'adjustment') then null
            when events.event_key is null then 'gone'
            when pending.is_blocked then 'invalid'
            when last_posted.last_sequence is null then 'new'
            when '|' || pending.changed || '|' like '%|event|%' then 'changed'
            else 'unchanged'
        end as source_state,
        events.source_system,
        events.source_id,
        events.occurred_on,
        events.currency as event_currency,
        events.amount as event_amount,
        events.movement_key,
        pending.line_id,
        pending.is_interim,
        pending.is_blocked
    from pending
    left join events on pending.basis_key = events.event_key
    left join last_posted
        on
            pending.payee_id = last_posted.payee_id
            and pending.component_code = last_posted.component_code
            and pending.basis_key = last_posted.basis_key
)

select * from fct_payout_variances
