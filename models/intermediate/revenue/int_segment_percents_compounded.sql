with recursive percents as (
    select
        interval_key,
        segment_from,
        discount_set,
        percent_off,
        row_number() over (partition by interval_key, segment_from, discount_set order by subscription_discount_id) as step
    from {{ ref('int_segment_discounts_matched') }}
    where percent_off is not null
),

-- 10 % and then 20 % leave 72 %: coupons compound, they do not add up and the largest does not win.
compounded as (
    select
        interval_key,
        segment_from,
        discount_set,
        step,
        {{ prorated('1', '100 - percent_off', '100', 10) }} as remaining_factor
    from percents
    where step = 1
    union all
    select
        percents.interval_key,
        percents.segment_from,
        percents.discount_set,
        percents.step,
        {{ prorated('100 - percents.percent_off', 'compounded.remaining_factor', '100', 10) }} as remaining_factor
    from compounded
    inner join percents
        on
            compounded.interval_key = percents.interval_key
            and compounded.segment_from = percents.segment_from
            and compounded.discount_set = percents.discount_set
            and compounded.step + 1 = percents.step
),

last_of_each as (
    select
        interval_key,
        segment_from,
        discount_set,
        max_by(remaining_factor, step) as remaining_factor
    from compounded
    group by interval_key, segment_from, discount_set
)

select * from last_of_each
