{{ input_model('known_rows') }}
