with postings as (
    select * from {{ ref('stg_flat_finance__acquisition_cost') }}
),

channels as (
    select
        {{ spelled_alike('source_type') }} as source_type,
        channel
    from {{ ref('campaign_channels') }}
    where source_system = 'flat_finance'
),

contracted as (
    select
        {{ source_key('flat_finance', 'postings.cost_id') }} as acquisition_cost_id,
        postings.month_start,
        -- A wording that the seed does not know is a channel of its own: its cost counts all the same.
        coalesce(channels.channel, {{ spelled_alike('postings.channel') }}) as channel,
        postings.amount,
        postings.currency,
        'flat_finance' as source_system
    from postings
    left join channels on {{ spelled_alike('postings.channel') }} = channels.source_type
)

select * from contracted
