{{ input_model('invoices') }}
