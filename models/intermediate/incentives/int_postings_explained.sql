with pending as (
    select * from {{ ref('int_postings_pending') }}
),

current_lines as (
    select * from {{ ref('int_line_causes_fingerprinted') }}
),

posted_lines as (
    select * from {{ ref('int_lines_posted') }}
),

-- Events that any line was posted for: a new line of one of them is no late arrival.
posted_bases as (
    select distinct basis_key
    from posted_lines
    -- A window is nobody's event: that others were paid for it says nothing about this line.
    where split_part(basis_key, ':', 1) <> 'window'
),

cutoff as (
    select open_period_start from {{ ref('cutoff') }}
),

compared as (
    select
        pending.*,
        posted_lines.basis_key is not null as was_posted,
        posted_bases.basis_key is null and pending.earning_period_start < cutoff.open_period_start as is_late,
        coalesce(current_lines.event_fingerprint, '') <> coalesce(posted_lines.event_fingerprint, '') as is_event_changed,
        coalesce(current_lines.credit_fingerprint, '') <> coalesce(posted_lines.credit_fingerprint, '') as is_credit_changed,
        coalesce(current_lines.rules_fingerprint, '') <> coalesce(posted_lines.rules_fingerprint, '') as is_rules_changed,
        coalesce(current_lines.exchange_rate_fingerprint, '') <> coalesce(posted_lines.exchange_rate_fingerprint, '')
            as is_exchange_rate_changed,
        coalesce(current_lines.retained_fingerprint, '') <> coalesce(posted_lines.retained_fingerprint, '') as is_retained_changed,
        coalesce(current_lines.released_fingerprint, '') <> coalesce(posted_lines.released_fingerprint, '') as is_released_changed,
        coalesce(current_lines.attainment_fingerprint, '') <> coalesce(posted_lines.attainment_fingerprint, '') as is_attainment_changed
    from pending
    cross join cutoff
    left join current_lines
        on
            pending.payee_id = current_lines.payee_id
            and pending.component_code = current_lines.component_code
            and pending.basis_key = current_lines.basis_key
    left join posted_lines
        on
            pending.payee_id = posted_lines.payee_id
            and pending.component_code = posted_lines.component_code
            and pending.basis_key = posted_lines.basis_key
    left join posted_bases on pending.basis_key = posted_bases.basis_key
),

-- The first difference is the reason; all of them are listed.
explained as (
    select
        payee_id,
        component_code,
        basis_key,
        part,
        case
            when part = 'adjustment' then 'adjustment'
            when part in ('advance', 'recovery') then 'draw'
            when not was_posted and is_late then 'late_arrival'
            when not was_posted then 'earned'
            when is_event_changed or is_credit_changed then 'source_change'
            when is_rules_changed then 'rule_change'
            when is_exchange_rate_changed then 'exchange_rate'
            when is_retained_changed then 'clawback'
            when is_released_changed then 'release'
            when is_attainment_changed then 'true_up'
            else 'engine_change'
        end as reason,
        earning_period_start,
        currency,
        case
            when was_posted and part not in ('adjustment', 'advance', 'recovery')
                then concat_ws(
                    '|',
                    case when is_event_changed then 'event' end,
                    case when is_credit_changed then 'credit' end,
                    case when is_rules_changed then 'rules' end,
                    case when is_exchange_rate_changed then 'exchange_rate' end,
                    case when is_retained_changed then 'retained' end,
                    case when is_released_changed then 'released' end,
                    case when is_attainment_changed then 'attainment' end
                )
        end as changed
    from compared
)

select * from explained
