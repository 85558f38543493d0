{{ input_model('campaigns') }}
