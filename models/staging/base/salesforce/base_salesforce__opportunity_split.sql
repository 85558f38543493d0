{# Whether a split is of revenue or an overlay is said by its type alone; one of a type that nobody knows can be neither. #}
{% set typed_splits %}
(
    select
        splits.*,
        types.id as known_type_id
    from {{ source('salesforce', 'opportunity_split') }} as splits
    left join {{ ref('base_salesforce__opportunity_split_type') }} as types
        on
            {{ salesforce_id('splits.split_type_id') }} = {{ salesforce_id('types.id') }}
            and types.row_status = 'staged'
)
{% endset %}

{% set reject_rules = {
    'missing_opportunity': is_missing('landed.opportunity_id'),
    'missing_user': is_missing('landed.split_owner_id'),
    'missing_percentage': 'landed.split_percentage is null',
    'percentage_out_of_range': 'landed.split_percentage < 0 or landed.split_percentage > 100',
    'unknown_split_type': 'landed.known_type_id is null',
} %}

{{ judged_rows(typed_splits, key=['id'], reject_rules=reject_rules, delete_marker='is_deleted') }}
