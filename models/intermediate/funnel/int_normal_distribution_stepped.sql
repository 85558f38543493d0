with points as (
    select
        z,
        probability
    from {{ ref('normal_distribution') }}
),

followed as (
    select
        z,
        probability,
        lead(z) over (order by z) as next_z,
        lead(probability) over (order by z) as next_probability
    from points
),

-- Squares, so that nobody has to take a root: a root is a double, and differs between engines.
squared as (
    select
        {{ exact_product([['z', 2], ['z', 2]]) }} as square_from,
        case when next_z is not null then {{ exact_product([['next_z', 2], ['next_z', 2]]) }} end as square_to,
        probability,
        coalesce(next_probability - probability, 0) as probability_step
    from followed
)

select
    cast(square_from as bigint) as square_from,
    cast(square_to as bigint) as square_to,
    probability,
    probability_step
from squared
