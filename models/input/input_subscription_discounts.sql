{{ input_model('subscription_discounts') }}
