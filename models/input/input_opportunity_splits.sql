{{ input_model('opportunity_splits') }}
