{{ input_model('meetings') }}
