-- Incremental pay for an event whose period of benefit nobody gave would be expensed without anybody knowing.
select
    event_type,
    count(*) as asset_count
from {{ ref('int_commission_assets') }}
where event_type is not null and benefit_months is null
group by event_type
