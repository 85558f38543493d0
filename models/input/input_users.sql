{{ input_model('users') }}
