{{ input_model('billing_customers') }}
