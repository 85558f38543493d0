{{ input_model('referrals') }}
