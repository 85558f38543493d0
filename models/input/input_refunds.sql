{{ input_model('refunds') }}
