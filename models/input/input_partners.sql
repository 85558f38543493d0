{{ input_model('partners') }}
