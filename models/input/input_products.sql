{{ input_model('products') }}
