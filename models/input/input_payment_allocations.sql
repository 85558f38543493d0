{{ input_model('payment_allocations') }}
