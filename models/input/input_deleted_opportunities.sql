{{ input_model('deleted_opportunities') }}
