{# A product is a name for what deals sell: a line of one that has no name still sells something. #}
{{ judged_rows(source('salesforce', 'product_2'), key=['id'], reject_rules={}, delete_marker='is_deleted') }}
