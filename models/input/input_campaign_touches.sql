{{ input_model('campaign_touches') }}
