with carried as (
    select * from {{ ref('int_commission_assets_by_month') }}
),

-- A clawback lowers the asset; what exceeds it lowers the expense. One that is corrected upwards gives both back.
left_over as (
    select
        *,
        cast(greatest(
            before_clawback_amount - case when served_months < benefit_months then clawback_amount else 0 end, 0
        ) as decimal(18, 2)) as carrying_amount,
        cast(greatest(before_clawback_amount, 0) as decimal(18, 2)) as available_amount
    from carried
),

closed as (
    select
        *,
        case when lost_in <= month_start then 0 else carrying_amount end as closing_amount,
        case when lost_in < month_start then 0 else available_amount - carrying_amount end as clawed_back_amount
    from left_over
),

opened as (
    select
        *,
        coalesce(lag(closing_amount) over (partition by asset_key, currency order by month_start), 0) as opening_amount
    from closed
),

-- In the month of the loss it is still amortised; what is posted later is written off as it comes.
written as (
    select
        *,
        case
            when lost_in < month_start then opening_amount + capitalised_amount
            when lost_in = month_start then carrying_amount
            else 0
        end as written_off_amount
    from opened
),

rolled as (
    select
        asset_key,
        contract_id,
        currency,
        month_start,
        cast(opening_amount as decimal(18, 2)) as opening_amount,
        cast(capitalised_amount as decimal(18, 2)) as capitalised_amount,
        cast(clawed_back_amount as decimal(18, 2)) as clawed_back_amount,
        cast(
            opening_amount + capitalised_amount - clawed_back_amount - written_off_amount - closing_amount as decimal(18, 2)
        ) as amortised_amount,
        cast(written_off_amount as decimal(18, 2)) as written_off_amount,
        cast(closing_amount as decimal(18, 2)) as closing_amount
    from written
)

select * from rolled
