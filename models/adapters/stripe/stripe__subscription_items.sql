select
    cast(null as string) as subscription_item_interval_id,
    cast(null as string) as subscription_item_id,
    cast(null as string) as subscription_id,
    cast(null as string) as billing_customer_id,
    cast(null as string) as product_id,
    cast(null as string) as contract_id,
    cast(null as string) as status,
    cast(null as decimal(18, 6)) as unit_amount,
    cast(null as decimal(18, 6)) as quantity,
    cast(null as string) as currency,
    cast(null as string) as billing_interval,
    cast(null as int) as billing_interval_count,
    cast(null as boolean) as is_metered,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    cast(null as date) as cancels_on,
    'stripe' as source_system
from {{ ref('stg_stripe__subscription_item') }}
where 1 = 0
