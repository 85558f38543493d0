with units_sold as (
    select * from {{ ref('int_units_sold') }}
),

units_returned as (
    select * from {{ ref('int_units_returned') }}
),

listed as (
    select
        'units:' || invoice_line_id as event_key,
        cast(null as string) as reversed_event_key,
        sold_on as occurred_on,
        unit_count,
        customer_id,
        contract_id,
        product_line,
        source_system,
        invoice_line_id as source_id
    from units_sold
    union all
    select
        'units:' || invoice_line_id || '|' || happening_id as event_key,
        'units:' || invoice_line_id as reversed_event_key,
        happened_on as occurred_on,
        -units_returned_now as unit_count,
        customer_id,
        contract_id,
        product_line,
        source_system,
        happening_id as source_id
    from units_returned
)

select
    event_key,
    reversed_event_key,
    'units' as event_type,
    occurred_on,
    cast(unit_count as decimal(18, 6)) as unit_count,
    customer_id,
    contract_id,
    product_line,
    source_system,
    source_id
from listed
