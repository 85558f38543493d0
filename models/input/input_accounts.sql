{{ input_model('accounts') }}
