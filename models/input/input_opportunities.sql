{{ input_model('opportunities') }}
