{{ input_model('credit_notes') }}
