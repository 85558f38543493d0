{{ input_model('opportunity_stage_changes') }}
