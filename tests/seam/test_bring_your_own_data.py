"""docs/bring-your-own-data.md done to the letter: what it says is what happens, to the cent."""

import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.landing import LandingError, land
from orchestration.settings import Settings
from tests.seam.document import Document
from tests.seam.project_copy import ProjectCopy, rows, texts

ZERO = Decimal("0.00")
# By hand, in the currency billed, after the correction: opening, new, expansion, contraction,
# closing by month. Nothing happens in April: what stands goes on.
FLAT_BRIDGE = {
    ("EUR", "2026-01-01"): ("0.00", "1297.00", "0.00", "0.00", "1297.00"),
    ("EUR", "2026-02-01"): ("1297.00", "0.00", "304.17", "0.00", "1601.17"),
    ("EUR", "2026-03-01"): ("1601.17", "0.00", "50.00", "-297.00", "1354.17"),
    ("EUR", "2026-04-01"): ("1354.17", "0.00", "0.00", "0.00", "1354.17"),
    ("USD", "2026-02-01"): ("0.00", "333.33", "0.00", "0.00", "333.33"),
    ("USD", "2026-03-01"): ("333.33", "0.00", "0.00", "0.00", "333.33"),
    ("USD", "2026-04-01"): ("333.33", "0.00", "0.00", "0.00", "333.33"),
}
LOCAL_BRIDGE = """
    select currency, cast(month_start as varchar), opening_mrr_amount, new_mrr_amount,
        expansion_mrr_amount, contraction_mrr_amount, closing_mrr_amount,
        reactivation_mrr_amount, churn_mrr_amount, fx_mrr_amount
    from marts.fct_mrr_bridge_by_month
    where basis = 'daily' and conversion = 'local' and slice = 'total'
"""
CONSERVATION = """
    select source_name || '.' || table_name, landed_count, later_count, quarantined_count,
        superseded_count, deleted_count, staged_count
    from {schema}fct_row_conservation
    where landed_count > 0
"""
WALK, CORRECTION = 4, 4  # Commands of step 7, and the place of the one of step 8.
HEADER = "period_id,subscription,customer,account,product,status,first_day,last_day,price,quantity,"
# One row for each rule, as it would come from a spreadsheet; the fields are those of the document.
DIRTY_PERIODS = {
    ",S-9,C-9,,Suite,active,2026-01-01,,1.00,1,EUR,month": "missing_key",
    "D-02,,C-9,,Suite,active,2026-01-01,,1.00,1,EUR,month": "missing_subscription",
    "D-03,S-9,,,Suite,active,2026-01-01,,1.00,1,EUR,month": "missing_customer",
    "D-04,S-9,C-9,,,active,2026-01-01,,1.00,1,EUR,month": "missing_product",
    "D-05,S-9,C-9,,Suite,active,2026-01-01,,1.00,1,,month": "unknown_currency",
    "D-06,S-9,C-9,,Suite,active,2026-01-01,,1.00,1,EURO,month": "unknown_currency",
    "D-07,S-9,C-9,,Suite,Active,2026-01-01,,1.00,1,EUR,month": "unknown_status",
    "D-08,S-9,C-9,,Suite,active,2026-01-01,,1.00,1,EUR,monthly": "unknown_interval",
    "D-09,S-9,C-9,,Suite,active,01/02/2026,,1.00,1,EUR,month": "first_day_is_no_date",
    "D-10,S-9,C-9,,Suite,active,2026-02-30,,1.00,1,EUR,month": "first_day_is_no_date",
    "D-11,S-9,C-9,,Suite,active,2026-01-01,NA,1.00,1,EUR,month": "last_day_is_no_date",
    "D-12,S-9,C-9,,Suite,active,0206-01-01,,1.00,1,EUR,month": "implausible_date",
    "D-13,S-9,C-9,,Suite,active,2026-01-01,2025-01-01,1.00,1,EUR,month": "end_before_start",
    'D-14,S-9,C-9,,Suite,active,2026-01-01,,"1,5",1,EUR,month': "price_is_no_number",
    "D-15,S-9,C-9,,Suite,active,2026-01-01,,NA,1,EUR,month": "price_is_no_number",
    "D-16,S-9,C-9,,Suite,active,2026-01-01,,-1.00,1,EUR,month": "negative_price",
    "D-17,S-9,C-9,,Suite,active,2026-01-01,,1.00,ten,EUR,month": "quantity_is_no_number",
    "D-18,S-9,C-9,,Suite,active,2026-01-01,,1.00,-1,EUR,month": "negative_quantity",
}


@dataclass(frozen=True)
class Walk:
    """The copy after sections 1 to 7, and what was said and found on the way."""

    project: ProjectCopy
    refused_build: str
    build: str
    rejected_content: dict[str, str]


@pytest.fixture(scope="module")
def document() -> Document:
    return Document()


@pytest.fixture(scope="module")
def walk(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Sections 1 to 7; before the last file lands, a build is tried."""
    project = ProjectCopy(tmp_path_factory.mktemp("seam"))
    project.write(document.files)
    project.without_rules_of_pay()
    project.set_vars(document.settings("dbt_project.yml, under vars"))
    *lands, last_land, build = document.commands[:WALK]
    for command in lands:
        project.run(command)
    refused = project.run(build, succeeds=False)
    project.run(last_land)
    return Walk(
        project,
        refused,
        project.run(build),
        dict(rows(project.build_file, "select reason, raw_content from marts.quarantined_rows")),
    )


@pytest.fixture(scope="module")
def counted(document: Document, walk: Walk) -> ProjectCopy:
    """Section 10: usage, costs and margins beside the three files."""
    project = walk.project
    project.set_vars(
        document.settings("dbt_project.yml, under vars")
        | document.settings("dbt_project.yml, under vars, with usage and finance")
    )
    for command in document.commands[CORRECTION + 1 :]:
        project.run(command)
    project.run("dbt build --exclude-resource-type test")
    return project


@pytest.fixture(scope="module")
def beside_stripe(document: Document, counted: ProjectCopy) -> tuple[ProjectCopy, dict]:
    """Sections 8 and 11: the correction and both systems at once; with Stripe's bridge alone."""
    project = counted
    project.run(document.commands[CORRECTION])
    dirty = "\n".join([f"{HEADER}currency,billing_interval", *DIRTY_PERIODS])
    # As a spreadsheet saves it, with a byte order mark.
    project.write({"dirty.csv": f"\ufeff{dirty}\n"})
    project.run(
        "quotamart land dirty.csv --source flat_billing --table subscription_period "
        "--arrived-at 2026-04-01"
    )
    project.run("quotamart sample --scale 0.01 --seed 7 --out sample")
    for source in (project.root / "sample").iterdir():
        if source.is_dir():
            shutil.copytree(source, project.root / "landing" / source.name, dirs_exist_ok=True)
    project.restore("seeds/reference/exchange_rates.csv")
    project.set_vars({})
    project.run("dbt build --select +fct_mrr_bridge_by_month --exclude-resource-type test")
    alone = _bridge(project.build_file)
    project.set_vars(document.settings("dbt_project.yml, under vars, beside the others"))
    project.run("dbt build")
    return project, alone


def test_every_block_of_the_document_is_used(document: Document) -> None:
    blocks = document.text.count("\n```") / 2
    settings_and_queries, command_blocks = 6, 3
    assert blocks == len(document.files) + settings_and_queries + command_blocks


def test_the_published_bridge_is_the_one_computed_by_hand(document: Document, walk: Walk) -> None:
    found = rows(walk.project.published_file, document.query("the bridge"))
    assert texts(found) == document.result("the bridge")


def test_the_quarantine_names_file_row_and_reason(document: Document, walk: Walk) -> None:
    published = walk.project.published_file
    found = rows(published, document.query("the quarantine"))
    assert texts(found) == document.result("the quarantine")
    files = rows(published, "select source_name, table_name, file_name from quarantined_rows")
    for source, table, file in files:
        assert (walk.project.root / "landing" / source / table / file).is_file()
    assert json.loads(walk.rejected_content["price_is_no_number"])["price"] == "1,250.00"
    assert json.loads(walk.rejected_content["score_out_of_scale"])["score"] == "11"


def test_no_row_is_lost(walk: Walk) -> None:
    found = rows(walk.project.published_file, CONSERVATION.format(schema=""))
    assert {name: counts for name, *counts in found} == {
        "flat_crm.account": [3, 0, 0, 0, 0, 3],
        "flat_billing.subscription_period": [8, 0, 1, 0, 0, 7],
        "flat_survey.nps_answer": [5, 0, 1, 0, 0, 4],
    }


def test_answers_count_for_the_customer_and_not_answered_is_no_score(walk: Walk) -> None:
    query = (
        "select month_start, response_count, scored_count, nps from fct_nps_by_month"
        " where slice = 'total' order by 1"
    )
    assert texts(rows(walk.project.published_file, query)) == [
        ["2026-02-01", "3", "3", "33.333333"],
        ["2026-03-01", "1", "0", "None"],
    ]
    query = "select customer_id from fct_survey_responses order by survey_response_id"
    assert [customer for (customer,) in rows(walk.project.published_file, query)] == [
        "flat_crm:A-1",
        "flat_crm:A-2",
        # By the seed customer_links.
        "flat_crm:A-3",
        "flat_crm:A-1",
    ]


def test_a_system_in_use_without_a_file_blocks(document: Document, walk: Walk) -> None:
    said = "is in use and has no file in"
    assert f"flat_survey/nps_answer {said}" in walk.refused_build
    assert "quotamart land FILE --source flat_survey --table nps_answer" in walk.refused_build
    assert "Nothing was published" in walk.refused_build
    assert document.says(said)


def test_the_acquisition_costs_are_those_computed_by_hand(
    document: Document, counted: ProjectCopy
) -> None:
    query = document.query("the acquisition costs").replace("from fct_", "from marts.fct_")
    assert texts(rows(counted.build_file, query)) == document.result("the acquisition costs")


def test_usage_costs_and_margins_are_judged_row_by_row(
    document: Document, counted: ProjectCopy
) -> None:
    query = (
        "select reason from marts.quarantined_rows"
        " where source_name in ('flat_usage', 'flat_finance') order by 1"
    )
    reasons = [reason for (reason,) in rows(counted.build_file, query)]
    assert reasons == [
        "active_users_is_no_number",
        "amount_is_no_number",
        "gross_margin_is_no_share",
    ]
    assert all(document.says(reason) for reason in reasons)
    query = "select customer_reference, active_user_count from input.input_product_usage order by 1"
    assert rows(counted.build_file, query) == [("flat_billing:C-2", 3), ("flat_crm:A-1", 7)]
    assert rows(
        counted.build_file, "select product_line, gross_margin_rate from input.input_gross_margins"
    ) == [("suite", Decimal("0.750000"))]


def test_beside_stripe_the_bridges_add_up(beside_stripe: tuple[ProjectCopy, dict]) -> None:
    project, alone = beside_stripe
    together = _bridge(project.build_file)
    assert set(together) == set(alone) | set(FLAT_BRIDGE)
    assert sum(steps[4] for steps in alone.values()) > 0
    for month, steps in together.items():
        stripe = alone.get(month, [ZERO] * len(steps))
        flat = [Decimal(text) for text in FLAT_BRIDGE.get(month, ())]
        # No customer of the flat file returns, churns or has an fx line in the end.
        flat += [ZERO] * (len(steps) - len(flat))
        assert steps == [ours + theirs for ours, theirs in zip(stripe, flat, strict=True)], month


def test_every_kind_of_bad_row_is_set_aside(beside_stripe: tuple[ProjectCopy, dict]) -> None:
    project, _ = beside_stripe
    found = rows(
        project.build_file,
        "select row_number_in_file, reason from marts.quarantined_rows "
        "where source_name = 'flat_billing' and row_key <> 'P-08' order by 1",
    )
    assert found == list(enumerate(DIRTY_PERIODS.values()))


def test_a_correction_supersedes_nothing_that_was_rejected(
    beside_stripe: tuple[ProjectCopy, dict],
) -> None:
    project, _ = beside_stripe
    found = rows(project.build_file, CONSERVATION.format(schema="marts."))
    counts = {name: counts for name, *counts in found}
    bad = len(DIRTY_PERIODS)
    assert counts["flat_billing.subscription_period"] == [9 + bad, 0, 1 + bad, 0, 0, 8]
    assert all(landed == sum(buckets) for landed, *buckets in counts.values())
    assert counts["stripe.invoice"][0] > 0


@pytest.mark.parametrize(
    ("content", "source", "message"),
    [
        (b"id;name;created_on\nA-1;Acme;2026-01-01\n", "flat_crm", "separated by commas"),
        ("id,name,created_on\n1,Söhne,2026-01-01\n".encode("cp1252"), "flat_crm", "is not UTF-8"),
        (
            b"id,name,country,employees,created_on\nA-1,Acme, Inc,US,1,2026-01-01\n",
            "flat_crm",
            "has 6 fields, the header has 5",
        ),
        (b"id,name,created\nA-1,Acme,x\n", "flat_crm", "required column 'created_on' is missing"),
        (None, "flat_crm", "is already landed as"),
        (b"id,name,created_on\nA-1,Acme,x\n", "our_crm", "is not declared"),
    ],
)
def test_land_refuses_with_a_text_that_the_document_explains(
    content: bytes | None,
    source: str,
    message: str,
    document: Document,
    walk: Walk,
    tmp_path: Path,
) -> None:
    root = walk.project.root
    file = root / "accounts.csv" if content is None else tmp_path / "bad.csv"
    if content is not None:
        file.write_bytes(content)
    settings = Settings.from_environment({}, root)
    with pytest.raises(LandingError, match=message):
        land(settings, root / "target" / "manifest.json", file, source, "account")
    assert message in document.text


def _bridge(build_file: Path) -> dict[tuple[str, str], list[Decimal]]:
    """The local bridge's steps by currency and month."""
    return {(currency, month): steps for currency, month, *steps in rows(build_file, LOCAL_BRIDGE)}
