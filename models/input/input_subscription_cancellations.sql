{{ input_model('subscription_cancellations') }}
