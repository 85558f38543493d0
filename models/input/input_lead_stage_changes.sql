{{ input_model('lead_stage_changes') }}
