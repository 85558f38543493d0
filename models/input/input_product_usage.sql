{{ input_model('product_usage') }}
