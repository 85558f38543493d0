{{ input_model('support_cases') }}
