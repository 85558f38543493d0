with judged_rows as (
    select
        {{ source_key('flat_projects', 'delivery_id') }} as row_id,
        row_status
    from {{ ref('base_flat_projects__delivery') }}
    where row_status in ('staged', 'deleted')
),

contracted as (
    select
        'deliveries|' || row_id as known_row_key,
        'deliveries' as entity,
        row_id,
        row_status = 'deleted' as is_deleted,
        'flat_projects' as source_system
    from judged_rows
)

select * from contracted
