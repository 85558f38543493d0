{{ input_model('activities') }}
