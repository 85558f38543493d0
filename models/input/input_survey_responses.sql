{{ input_model('survey_responses') }}
