{{ input_model('deliveries') }}
