{% set known_until = "least(landed_until, cast('" ~ var('as_of') ~ "' as timestamp))" if var('as_of') else 'landed_until' %}

with landed_tables as (
    select latest_synced_at from {{ source('landing', 'landed_tables') }}
),

latest as (
    select max(latest_synced_at) as landed_until from landed_tables
),

knowledge as (
    select {{ known_until }} as as_of from latest
)

select
    as_of,
    {{ business_date('as_of') }} as as_of_on
from knowledge
