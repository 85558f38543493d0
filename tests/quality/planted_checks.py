"""The test that plants a fault for each check that Python makes, by the name of the check.

dbt tests have theirs in planted_data.py, expectations in test_suites.py, figures in test_drift.py:
those are generated for every one of them.
"""

from orchestration import gates
from orchestration.compensation.check import RULES_HOLD
from orchestration.landing import check, freshness
from orchestration.ledger import checks as ledger

_GATE = "tests/orchestration/test_gate.py"
_PUBLISH = "tests/orchestration/test_publish.py"
_RECORDS = "tests/orchestration/test_check_history.py"
_VERIFY = "tests/ledger/test_verify.py"
_CLOSE = "tests/ledger/test_close.py"

PLANTED = {
    check.SOUND: (_GATE, "test_an_unreadable_file_blocks"),
    freshness.FRESH: (_GATE, "test_a_stale_source_blocks_where_marts_are_withheld_for_it"),
    RULES_HOLD: (
        "tests/compensation/test_check.py",
        "test_a_planted_fault_is_found_at_its_place_and_alone",
    ),
    gates.VARS: (_GATE, "test_a_mistaken_var_blocks_and_is_not_tried_again"),
    gates.LEFT_OUT: (_PUBLISH, "test_a_build_in_which_nothing_was_checked_is_refused"),
    gates.BUILT: (_RECORDS, "test_a_model_that_is_not_built_fails_one_check_and_skips_others"),
    gates.LANDED_MEANWHILE: (_GATE, "test_a_file_that_lands_while_dbt_starts_blocks"),
    gates.CLOSED_MEANWHILE: (
        _PUBLISH,
        "test_a_period_closed_while_dbt_ran_leaves_no_candidate",
    ),
    gates.LIMITS: (
        "tests/quality/test_drift.py",
        "test_limits_that_cannot_be_used_are_refused_by_name",
    ),
    gates.RAN: (_GATE, "test_publishing_asked_for_alone_is_refused"),
    gates.RECORD: (_PUBLISH, "test_a_candidate_of_another_run_is_refused"),
    gates.PASSED: (_PUBLISH, "test_a_check_that_did_not_pass_is_refused"),
    gates.LANDING: (_PUBLISH, "test_a_landing_that_was_not_checked_is_refused"),
    gates.UNCHANGED: (
        _PUBLISH,
        "test_a_build_file_that_changed_after_it_was_tested_is_refused",
    ),
    gates.DESCRIBED: (_PUBLISH, "test_a_column_that_the_yaml_does_not_name_is_refused"),
    gates.EMPTIED: (_PUBLISH, "test_a_mart_that_had_rows_and_has_none_is_refused"),
    gates.LEDGER: (_PUBLISH, "test_a_ledger_that_was_changed_is_refused"),
    gates.POINTER: (_PUBLISH, "test_a_damaged_published_version_is_refused_and_named"),
    ledger.FOREIGN: (_VERIFY, "test_any_added_file_is_found"),
    ledger.GONE: (_VERIFY, "test_any_removed_file_is_found"),
    ledger.CHANGED: (_VERIFY, "test_any_changed_byte_is_found"),
    ledger.TOTALS: (_VERIFY, "test_a_chain_hashed_anew_is_found_by_what_it_says"),
    ledger.CHAIN: (_VERIFY, "test_a_chain_hashed_anew_is_found_by_what_it_says"),
    ledger.LOST: (
        _VERIFY,
        "test_a_removed_last_close_is_found_by_what_was_published_over_it",
    ),
    ledger.ERASURES: ("tests/erasure/test_erase.py", "test_a_changed_register_is_found"),
    ledger.VERSION: (_CLOSE, "test_nothing_published_is_refused"),
    ledger.CUTOFF: (_CLOSE, "test_a_version_of_another_cutoff_is_refused"),
    ledger.WHOLE_MONTH: (_CLOSE, "test_a_version_that_does_not_know_the_whole_month_is_refused"),
    ledger.COMMITTED: (
        _CLOSE,
        "test_a_version_whose_code_is_in_no_commit_is_refused_outside_the_sample",
    ),
    ledger.HEAD: (_CLOSE, "test_a_version_built_over_another_ledger_is_refused"),
    ledger.FILE: (_CLOSE, "test_a_finance_file_that_somebody_wrote_to_is_refused"),
    ledger.RATES: (_CLOSE, "test_a_provisional_rate_blocks_a_final_close"),
    ledger.UNCREDITED: (
        _CLOSE,
        "test_uncredited_events_block_a_final_close_and_no_interim_run",
    ),
    ledger.BLOCKED: (_CLOSE, "test_blocked_keys_wait_for_somebody_who_accepts_them"),
    ledger.REVERSALS: (
        _CLOSE,
        "test_reversals_above_the_limit_wait_for_somebody_who_accepts_them",
    ),
    ledger.PERIOD: (_CLOSE, "test_only_the_oldest_open_period_is_closed"),
}
