{{ input_model('invoice_lines') }}
