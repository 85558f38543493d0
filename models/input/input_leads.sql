{{ input_model('leads') }}
