{{ input_model('account_owners') }}
