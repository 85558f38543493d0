{{ input_model('subscription_items') }}
