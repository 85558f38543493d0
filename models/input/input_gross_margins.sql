{{ input_model('gross_margins') }}
