{{ input_model('payments') }}
