{{ input_model('opportunity_products') }}
