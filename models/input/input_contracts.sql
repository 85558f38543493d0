{{ input_model('contracts') }}
