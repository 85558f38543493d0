-- The rows of campaign_channels with the same channel agree on whether it is one of referrals. Returned: channels
-- whose rows do not, with the number of rows that say so and of those that deny it.
with channels as (
    select * from {{ ref('campaign_channels') }}
),

counted as (
    select
        channel,
        count(*) filter (where is_referral) as referral_count,
        count(*) filter (where not is_referral) as other_count
    from channels
    group by channel
)

select * from counted
where referral_count > 0 and other_count > 0
