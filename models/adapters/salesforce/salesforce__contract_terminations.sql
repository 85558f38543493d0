with versions as (
    select
        {{ salesforce_id('id') }} as contract_id,
        status = 'Terminated' as is_terminated,
        {{ business_date('_fivetran_synced') }} as seen_on,
        version_rank
    from {{ ref('base_salesforce__contract') }}
    where row_status in ('staged', 'superseded') and not is_delete_marker
),

followed as (
    select
        contract_id,
        is_terminated,
        seen_on,
        lag(is_terminated) over (partition by contract_id order by version_rank desc) as was_terminated
    from versions
),

-- What was terminated before the first version arrived was so since nobody knows when.
terminations as (
    select
        contract_id,
        max(seen_on) as terminated_on
    from followed
    where is_terminated and not was_terminated
    group by contract_id
)

select * from terminations
