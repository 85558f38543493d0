{{ input_model('acquisition_costs') }}
