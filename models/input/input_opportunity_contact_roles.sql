{{ input_model('opportunity_contact_roles') }}
