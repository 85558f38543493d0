-- Each close names the hash of the one before it, and months are closed one after the other.
with closes as (
    select
        sequence,
        kind,
        period_start,
        previous_hash,
        lag(sequence) over (order by sequence) as sequence_before,
        lag(kind) over (order by sequence) as kind_before,
        lag(period_start) over (order by sequence) as period_before,
        lag(close_hash) over (order by sequence) as hash_before
    from {{ source('ledger', 'ledger_closes') }}
)

select *
from closes
where
    previous_hash is distinct from hash_before
    or sequence <> sequence_before + 1
    or period_start <> case when kind_before = 'interim' then period_before else {{ months_later('period_before', 1) }} end
