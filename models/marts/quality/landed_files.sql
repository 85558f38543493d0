with landed_files as (
    select
        source_name,
        table_name,
        file_name,
        size_bytes,
        row_count,
        first_synced_at,
        last_synced_at,
        content_sha256,
        status,
        problem
    from {{ source('landing', 'landed_files') }}
)

select * from landed_files
