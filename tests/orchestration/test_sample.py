"""The sample company: the same rows for the same seed, vendor-shaped, and dirty as reported."""

import itertools
import os
import random
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from orchestration.files import CannotWrite
from orchestration.sample import SampleError, SampleReport, generate, usage
from orchestration.sample.catalogue import CURRENCY_FACTOR
from orchestration.sample.customers import People
from orchestration.sample.deals import OPEN_STAGES
from orchestration.sample.dirt import (
    BAD_NUMBER,
    DAY_OF_YEAR_201,
    IMPOSSIBLE_DATE,
    KINDS,
    LATE,
    MISSING_KEY,
    NEGATIVE_QUANTITY,
    NO_SHARE,
    ORPHAN,
    REPEATED,
    SOFT_DELETE,
    UNKNOWN_ACCOUNT,
    UNKNOWN_CURRENCY,
    UNKNOWN_CUSTOMER,
    UNKNOWN_OPPORTUNITY,
    UNREADABLE_FILE,
)
from orchestration.sample.invoicing import TAX_RATE
from orchestration.sample.landing import SOURCES, SYNCED, Intake, batch_of, declared_tables
from orchestration.sample.leads import (
    NOT_CONVERTED,
    NURTURED,
    OPEN,
    PARKED,
    QUALIFIED,
    QUEUE,
    WORKING,
    to_nothing,
)
from orchestration.sample.marketing import channel, costs, margins
from orchestration.sample.narrator import Narrator
from orchestration.sample.offers import DECISION_MAKER
from orchestration.sample.story import Deal, Invoice, Story
from orchestration.sample.streams import salesforce_id
from orchestration.sample.times import LAST_SYNC, business_day
from orchestration.settings import Settings
from tests.disks import FAULTS, SmallDisk
from tests.killed import Killable, sampling

PROJECT = Path(__file__).parents[2]
SEED, SMALL = 7, 0.005
ARROW = {
    "string": "string",
    "bigint": "int64",
    "boolean": "bool",
    "double": "double",
    "date": "date32[day]",
    "timestamp": "timestamp[us, tz=UTC]",
}
FIRST_PLAUSIBLE = datetime(2000, 1, 1, tzinfo=UTC)


def landed_rows(folder: Path, source: str, table: str) -> Iterator[tuple[int, dict]]:
    """Yield each row with the number of the batch it lies in."""
    for path in sorted((folder / source / table).glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            yield int(path.name[:2]), row


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleReport]:
    folder = tmp_path_factory.mktemp("sample") / "landing"
    return folder, generate(folder, 0.06, SEED)


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    narrator = Narrator(SEED, 0.1)
    return [narrator.story(index) for index in range(narrator.people.count)]


# The same rows


def test_the_same_seed_gives_the_same_files_in_any_process(tmp_path: Path) -> None:
    made = generate(tmp_path / "here", SMALL, SEED)
    code = (
        "import sys; from pathlib import Path; from orchestration.sample import generate; "
        f"generate(Path(sys.argv[1]), {SMALL}, {SEED})"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "there")],
        check=True,
        cwd=PROJECT,
        env={**os.environ, "PYTHONHASHSEED": "99", "TZ": "America/New_York"},
    )
    here = sorted((tmp_path / "here").rglob("*.parquet"))
    assert len(here) == made.file_count
    for path in here:
        twin = tmp_path / "there" / path.relative_to(tmp_path / "here")
        assert pq.read_table(path).equals(pq.read_table(twin)), path.name


def test_another_seed_gives_another_company() -> None:
    starts = {
        tuple(Narrator(seed, SMALL).people.customer(index).start for index in range(10))
        for seed in (1, 2, 3)
    }
    assert len(starts) == 3


def test_a_customer_is_told_alike_whoever_is_told_before() -> None:
    alone = Narrator(SEED, SMALL).story(30)
    narrator = Narrator(SEED, SMALL)
    for index in range(30):
        narrator.story(index)
    assert narrator.story(30) == alone


# Shape


def test_every_declared_table_lands_with_the_declared_columns(
    sample: tuple[Path, SampleReport],
) -> None:
    folder, report = sample
    for source in SOURCES:
        path = PROJECT / "models" / "staging" / source / f"_{source}__sources.yml"
        for table in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]:
            declared = [(column["name"], ARROW[column["data_type"]]) for column in table["columns"]]
            files = sorted((folder / source / table["name"]).glob("*.parquet"))
            for file in files:
                landed = [(field.name, str(field.type)) for field in pq.read_schema(file)]
                assert landed == declared, file
            counted = sum(pq.read_metadata(file).num_rows for file in files)
            assert counted == report.row_counts[f"{source}.{table['name']}"] > 0


def test_arrivals_lie_between_the_initial_load_and_the_last_sync(
    sample: tuple[Path, SampleReport],
) -> None:
    synced = [
        row[SYNCED]
        for source, name in declared_tables()
        for _, row in landed_rows(sample[0], source, name)
    ]
    assert min(synced) >= datetime(2023, 4, 1, 2, tzinfo=UTC)
    last = max(synced)
    assert datetime(2026, 4, 12, 2, tzinfo=UTC) <= last < datetime(2026, 4, 12, 2, 5, tzinfo=UTC)


def test_a_changed_row_is_a_further_version_in_a_later_batch(
    sample: tuple[Path, SampleReport],
) -> None:
    changing = {
        ("salesforce", "opportunity"): "stage_name",
        ("salesforce", "account"): "owner_id",
        ("salesforce", "contract"): "status",
        ("stripe", "invoice"): "status",
        ("stripe", "charge"): "amount_refunded",
        ("stripe", "subscription_item"): "quantity",
    }
    for (source, name), column in changing.items():
        seen = defaultdict(set)
        for batch, row in landed_rows(sample[0], source, name):
            seen[row["id"]].add((batch, row[column]))
        assert any(
            len({value for _, value in states}) > 1 and len({batch for batch, _ in states}) > 1
            for states in seen.values()
        ), name


def test_a_salesforce_id_ends_in_the_case_of_its_letters() -> None:
    """001A0000006Vm9rIAC is an id that Salesforce gave out; its number is 6Vm9r in base 62."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in "6Vm9r":
        number = number * 62 + digits.index(digit)
    assert salesforce_id("001", number, "A00") == "001A0000006Vm9rIAC"


def test_colleagues_preview_surveys_and_nobody_else_does(
    sample: tuple[Path, SampleReport],
) -> None:
    rows = [row for _, row in landed_rows(sample[0], "qualtrics", "survey_response")]
    previews = {row["id"] for row in rows if row["status"] == 1 and row["id"]}
    assert 10 < len(previews) < 20
    assert {row["status"] for row in rows} == {0, 1}
    assert all(row["recipient_email"] is None for row in rows if row["id"] in previews)
    scored = [
        row["value"]
        for _, row in landed_rows(sample[0], "qualtrics", "question_response")
        if row["response_id"] in previews
    ]
    assert len(scored) >= len(previews)


def test_history_mode_closes_the_version_before(sample: tuple[Path, SampleReport]) -> None:
    versions: dict[tuple, list[dict]] = defaultdict(list)
    for _, row in landed_rows(sample[0], "stripe", "subscription_history"):
        if row["id"] is not None and row["start_date"] >= FIRST_PLAUSIBLE:
            versions[row["id"], row["_fivetran_start"]].append(row)
    current: dict[str, list[tuple]] = defaultdict(list)
    for (subscription, start), rows in versions.items():
        latest = max(rows, key=lambda row: row[SYNCED])
        current[subscription].append((start, latest["_fivetran_end"], latest["_fivetran_active"]))
    assert current
    for states in current.values():
        states.sort()
        assert [active for *_, active in states] == [False] * (len(states) - 1) + [True]
        for (_, end, _), (start, *_) in itertools.pairwise(states):
            assert end < start
        assert states[-1][1].year == 9999


# Dirt


def count_dirt(folder: Path) -> dict[str, Counter]:
    """Count the dirt from the files alone."""
    found = {kind: Counter() for kind in KINDS}
    for (source, name), table in declared_tables().items():
        label = f"{source}.{name}"
        batches: dict[tuple, list[int]] = defaultdict(list)
        for batch, row in landed_rows(folder, source, name):
            batches[tuple(row.values())].append(batch)
            if table.delete_marker is not None:
                found[SOFT_DELETE][label] += bool(row[table.delete_marker])
            found[MISSING_KEY][label] += any(not row[column] for column in table.key)
            currency = row.get("currency") or row.get("currency_iso_code") or ""
            found[UNKNOWN_CURRENCY][label] += currency.lower() == "xxx"
            found[NEGATIVE_QUANTITY][label] += (row.get("quantity") or 0) < 0 or row.get(
                "active_users", ""
            ).startswith("-")
            found[BAD_NUMBER][label] += (
                "," in row.get("licensed_users", "")
                or "," in row.get("delivered_share", "")
                or (table.source == "flat_finance" and "," in row.get("amount", ""))
            )
            found[NO_SHARE][label] += (
                not row.get("gross_margin", "0.").startswith("0.")
                or (row.get("split_percentage") or 0) > 100
                or row.get("delivered_share", ".").isdigit()
            )
            found[ORPHAN][label] += (
                row.get("customer_id") == UNKNOWN_CUSTOMER
                or row.get("customer") == f"stripe:{UNKNOWN_CUSTOMER}"
                or row.get("account_id") == UNKNOWN_ACCOUNT
                or row.get("opportunity_id") == UNKNOWN_OPPORTUNITY
            )
            found[IMPOSSIBLE_DATE][label] += is_impossible(name, row)
        synced = list(table.schema.names).index(SYNCED)
        for values, places in batches.items():
            found[REPEATED][label] += len(places) - 1
            found[LATE][label] += min(places) > batch_of(micros(values[synced]))
    return found


def is_impossible(name: str, row: dict) -> bool:
    days = row.get("day"), row.get("accepted_on"), f"{row.get('month')}{DAY_OF_YEAR_201[7:]}"
    if DAY_OF_YEAR_201 in days:
        return True
    if name in ("contract", "campaign"):
        return row["end_date"] < row["start_date"]
    if name == "discount":
        return row["end"] is not None and row["end"] < row["start"]
    columns = ("created", "created_date", "close_date", "recorded_date", "start_date")
    columns = (*columns, "activity_date")
    moments = [row.get(column) for column in (*columns, "start_date_time")]
    created = row.get("created") or row.get("created_date")
    return any(moment is not None and moment < FIRST_PLAUSIBLE for moment in moments) or (
        created is not None and created > row[SYNCED]
    )


def test_the_report_counts_the_dirt_exactly(sample: tuple[Path, SampleReport]) -> None:
    folder, report = sample
    for kind, counts in count_dirt(folder).items():
        assert {table: count for table, count in counts.items() if count} == report.dirt[kind], kind
        if kind != UNREADABLE_FILE:
            assert sum(report.dirt[kind].values()) > 0, kind


def test_most_bad_versions_come_after_a_good_one(sample: tuple[Path, SampleReport]) -> None:
    seen: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for _, row in landed_rows(sample[0], "salesforce", "contract"):
        is_bad = is_impossible("contract", row) or row["currency_iso_code"] == "XXX"
        seen[row["id"]].append((row[SYNCED], is_bad))
    bad = [sorted(states) for states in seen.values() if any(bad for _, bad in states)]
    after_good = [states for states in bad if states[-1][1] and not states[0][1]]
    assert len(bad) / 2 < len(after_good) < len(bad)


def test_a_truncated_file_is_planted_on_request_only(tmp_path: Path) -> None:
    report = generate(tmp_path / "landing", SMALL, SEED, unreadable_file=True)
    assert report.dirt[UNREADABLE_FILE] == {"stripe.invoice": 1}
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(tmp_path / "landing" / report.unreadable_file)
    clean = generate(tmp_path / "clean", SMALL, SEED)
    assert clean.unreadable_file is None
    assert report.row_counts == clean.row_counts


# The story


def test_an_invoice_adds_up(stories: list[Story]) -> None:
    checked = Counter()
    for story in stories:
        for invoice in story.ledger.invoices:
            assert invoice.subtotal == sum(line.amount for line in invoice.lines)
            assert invoice.discount == expected_discount(story, invoice)
            net = Decimal(invoice.subtotal - invoice.discount) * TAX_RATE[story.customer.country]
            tax = (net / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            assert invoice.total == invoice.subtotal - invoice.discount + int(tax)
            assert invoice.tax == int(tax)
            assert 0 <= invoice.amount_due <= max(0, invoice.total)
            assert invoice.states == sorted(invoice.states, key=lambda state: state[0])
            checked["discount"] += invoice.discount > 0
            checked["tax"] += invoice.tax > 0
            checked["credit"] += invoice.total < 0
            for line in invoice.lines:
                if not line.is_proration and not line.text.startswith("Trial"):
                    assert line.amount == line.price.unit_amount * line.quantity
    assert min(checked[kind] for kind in ("discount", "tax", "credit")) > 0


def test_landed_invoices_equal_their_lines(sample: tuple[Path, SampleReport]) -> None:
    lines: dict[str, dict[str, int]] = defaultdict(dict)
    for _, row in landed_rows(sample[0], "stripe", "invoice_line_item"):
        if row["currency"] != "xxx" and row["quantity"] >= 0:
            lines[row["invoice_id"]][row["id"]] = row["amount"]
    invoices = {}
    for _, row in landed_rows(sample[0], "stripe", "invoice"):
        if row["customer_id"] != UNKNOWN_CUSTOMER and row["id"] and not row["id"].endswith("x"):
            invoices[row["id"]] = row["subtotal"]
    assert {key: sum(amounts.values()) for key, amounts in lines.items()} == invoices


def test_a_paid_invoice_has_one_charge_that_succeeded(stories: list[Story]) -> None:
    for story in stories:
        collected = Counter()
        for charge in story.ledger.charges:
            if charge.states[-1][1] == "succeeded":
                collected[charge.invoice.id] += charge.amount
            assert charge.states[-1][3] <= charge.amount
        for invoice in story.ledger.invoices:
            paid = next((paid for _, status, paid in invoice.states if status == "paid"), 0)
            assert collected[invoice.id] == paid


def expected_discount(story: Story, invoice: Invoice) -> int:
    """Recompute what coupons take off, in Decimal and from the coupons alone."""
    lines = [line for line in invoice.lines if line.price.term is not None]
    is_regular = any(line.start == invoice.created and not line.is_proration for line in lines)
    kept, fixed = Decimal(1), 0
    for subscription in story.ledger.subscriptions:
        for discount in subscription.discounts:
            if subscription.id != invoice.subscription_id or not discount.holds(invoice.created):
                continue
            if discount.coupon.percent is not None:
                kept *= 1 - Decimal(discount.coupon.percent) / 10_000
            elif is_regular:
                fixed += discount.coupon.amount
    net = [int((line.amount * kept).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for line in lines]
    return sum(line.amount for line in lines) - sum(net) + min(fixed, max(0, sum(net)))


def test_contracts_agree_with_billing_but_for_a_stated_share(stories: list[Story]) -> None:
    """A whole term without changes bills its value, unless the discount came after signing."""
    agreeing, late_discount = 0, 0
    for story in stories:
        for subscription in story.ledger.subscriptions:
            has_usage = any(quantity is None for _, quantity in subscription.plan.products)
            for term in subscription.terms[:1]:
                if term.outcome != "renewed" or term.expansions or has_usage:
                    continue
                billed = sum(
                    invoice.subtotal - invoice.discount
                    for invoice in story.ledger.invoices
                    if invoice.subscription_id == subscription.id
                    and term.start <= invoice.created < term.end
                )
                if any(delay for _, delay in subscription.plan.coupons):
                    late_discount += billed < term.value
                else:
                    assert billed == term.value
                    agreeing += 1
    assert agreeing > 50
    assert 0 < late_discount < agreeing / 8


def features(stories: list[Story]) -> Counter:
    """Count what every part of the warehouse needs to meet at least once."""
    found = Counter()
    for story in stories:
        customer, ledger = story.customer, story.ledger
        found["unlinked customer"] += customer.account is not None and not customer.is_linked
        found["consumer"] += customer.account is None
        found["sibling"] += customer.account is not None and not customer.is_root
        found["currency switch"] += len(ledger.currencies) > 1
        found["refund"] += bool(ledger.refunds)
        found["credit note"] += bool(ledger.credit_notes)
        found["failed charge"] += any(c.states[0][1] == "failed" for c in ledger.charges)
        found["owner move"] += customer.account is not None and len(customer.account.owners) > 1
        spans = sorted((s.start, s.ended_at or LAST_SYNC) for s in ledger.subscriptions)
        for (_, end), (start, _) in itertools.pairwise(spans):
            found["overlap" if start < end else "return"] += 1
        for invoice in ledger.invoices:
            found[f"invoice {invoice.states[-1][1]}"] += 1
            for line in invoice.lines:
                found["proration back"] += line.is_proration and line.amount < 0
                found["proration on"] += line.is_proration and line.amount > 0
                found["one-off"] += line.price.term is None
                found["hybrid"] += line.price.product.delivery_mode == "hybrid"
                found["metered"] += line.price.product.is_metered
        for subscription in ledger.subscriptions:
            found[f"term {subscription.plan.term.key}"] += 1
            found["no contract told"] += bool(subscription.terms) and (
                not subscription.plan.tells_contract
            )
            found["contract chain"] += len(subscription.terms) > 1
            found["expansion"] += any(term.expansions for term in subscription.terms)
            states = subscription.states
            for state in states:
                found[f"status {state.status}"] += 1
                found["pause"] += state.pause is not None
                found["scheduled cancellation"] += state.is_cancel_at_period_end
            found["revoked cancellation"] += any(
                before.is_cancel_at_period_end and not after.is_cancel_at_period_end
                for before, after in itertools.pairwise(states)
                if after.ended_at is None
            )
            coupons = [discount.coupon for discount in subscription.discounts]
            found["stacked percents"] += sum(c.percent is not None for c in coupons) > 1
            for coupon in coupons:
                found[f"{'percent' if coupon.percent else 'fixed'} {coupon.duration}"] += 1
            found["end of payment"] += subscription.ended_at is not None and (
                subscription.left_at is None
            )
            found["end asked for"] += subscription.left_at is not None
            found["feedback"] += subscription.feedback is not None
            found["reason written down"] += subscription.end_reason is not None
            found["dropped item"] += any(item.now.is_deleted for item in subscription.items)
            found["silent renewal"] += subscription.plan.renews_silently and (
                len(subscription.terms) > 1
            )
            found["late start"] += subscription.plan.start_delay > 0
        for deal in story.deals:
            found[f"deal {deal.kind} {deal.states[-1][1]}"] += deal.states[-1][0] <= LAST_SYNC
            found["deal of a campaign"] += deal.campaign_id is not None
            found["deal of no campaign"] += deal.campaign_id is None
            shares = [split for split in deal.splits if not split.is_overlay]
            corrected = max(since for split in shares for since, _ in split.states)
            found["shared deal"] += len(shares) > 1
            found["deal shared too late"] += deal.states[-1][0] < corrected <= LAST_SYNC
            found["overlay"] += len(deal.splits) > len(shares)
            found["partner on a deal"] += bool(deal.partners)
            found["second partner"] += len(deal.partners) > 1
            for meeting in deal.meetings:
                is_over = meeting.starts <= LAST_SYNC
                found[f"meeting held {meeting.was_held}"] += is_over
                found["meeting ahead"] += meeting.entered <= LAST_SYNC < meeting.starts
                found["copy of a meeting"] += meeting.copy_of is not None
            found["open deal"] += deal.states[0][0] <= LAST_SYNC < deal.states[-1][0]
            count_walk(found, deal)
        for stray in story.strays:
            found["deal deleted"] += stray.deleted is not None and stray.deleted <= LAST_SYNC
            found["deal entered too late"] += stray.states[0][3] < business_day(stray.created)
        signed = {contract.id: contract for contract in story.contracts}
        for contract in story.contracts:
            before = signed.get(contract.previous_id)
            if before is not None:
                growth = (contract.value > before.value) - (contract.value < before.value)
                found[f"renewal {growth:+d}"] += 1
                found["late renewal"] += contract.signed_day > before.end_day + 1
                found["renewal in time"] += contract.signed_day <= before.end_day + 1
        for touch in story.touches:
            found["response to a campaign"] += touch.responded is not None
            found["touch without response"] += touch.responded is None
        for case in story.cases:
            found[f"case {case.kind}"] += 1
            found["nobody's case"] += case.account is None
            found["case reopened"] += any(status == "Escalated" for _, status in case.states)
        for member in story.team:
            found[f"team member {member.role}"] += 1
            found["team member left"] += member.left is not None and member.left <= LAST_SYNC
            for task in deal.tasks:
                found["task to do"] += task.entered <= LAST_SYNC and task.done is None
                found["task done"] += task.done is not None and task.done <= LAST_SYNC
                found["kind of work that nobody knows"] += task.kind == "Fax"
        for lead in story.leads:
            owners = {state["owner_id"] for _, state in lead.states if "owner_id" in state}
            found["lead out of a queue"] += QUEUE in owners
            found["lead handed on"] += len(owners - {QUEUE}) > 1
            found["lead without history"] += not lead.has_history
            found["lead with a trial"] += lead.trial_started is not None
            statuses = [state["status"] for _, state in lead.states if "status" in state]
            found["lead that went back"] += statuses.count(WORKING) > 1
            found["lead that skipped a stage"] += QUALIFIED not in statuses
        for referral in story.referrals:
            is_partner = referral.referrer_id.startswith("0015p0")
            found["referral by a partner" if is_partner else "referral by a customer"] += 1
            found["referral without a deal"] += referral.deal_id is None
        parts = Counter(delivery.contract_id for delivery in story.deliveries)
        for count in parts.values():
            found[f"project in {count}"] += 1
        for answer in story.answers:
            found[f"survey {answer.survey}"] += 1
            found["unanswered"] += answer.score is None
            found["unknown respondent"] += "elsewhere" in answer.email
    return found


def count_walk(found: Counter, deal: Deal) -> None:
    """Count what happened to a deal on its way, before it was closed."""
    on_the_way = deal.states[:-1]
    known = [stage for _, stage, *_ in on_the_way if stage in OPEN_STAGES]
    places = [OPEN_STAGES.index(stage) for stage in known]
    found["deal went back"] += any(b < a for a, b in itertools.pairwise(places))
    found["deal skipped a stage"] += any(b > a + 1 for a, b in itertools.pairwise(places))
    found["stage that nobody knows"] += len(known) < len(on_the_way)
    for (_, _, amount, day), (_, _, later_amount, later_day) in itertools.pairwise(on_the_way):
        found["close day put off"] += later_day > day
        found["close day brought forward"] += later_day < day
        found["amount cut"] += later_amount < amount
        found["amount raised"] += later_amount > amount
    found["deal handed over"] += deal.handed_over is not None
    found["deal without history"] += not deal.has_history
    found["deal of several products"] += len(deal.lines) > 1
    found["deal of no product"] += not deal.lines
    found["decision maker known"] += any(role.role == DECISION_MAKER for role in deal.roles)


REQUIRED = """
unlinked customer|consumer|sibling|currency switch|refund|credit note|failed charge|owner move
overlap|return|invoice paid|invoice open|invoice draft|invoice void|invoice uncollectible
proration back|proration on|one-off|hybrid|metered|term weekly|term monthly|term quarterly
term annual|term two_year|term three_year|no contract told|contract chain|expansion
status trialing|status active|status past_due|status unpaid|status canceled|status incomplete
status incomplete_expired|status not_started|pause|scheduled cancellation|revoked cancellation
stacked percents|percent forever|percent repeating|percent once|fixed forever|fixed repeating
fixed once|dropped item|late start|open deal|deal New Business Closed Won
deal Existing Business - Expansion Closed Won|deal Existing Business - Expansion Closed Lost
deal Renewal Closed Won|deal Renewal Closed Lost|survey NPS|survey CSAT|survey CES|unanswered
unknown respondent|silent renewal|late renewal|renewal in time|renewal +1|renewal +0|renewal -1
end of payment|end asked for|feedback|reason written down
response to a campaign|touch without response|deal of a campaign|deal of no campaign
case Question|case Complaint|case Billing Complaint|nobody's case|case reopened
shared deal|deal shared too late|overlay|team member Customer Success Manager
team member Sales Engineer|team member left|partner on a deal|second partner
meeting held True|meeting held False|meeting held None|meeting ahead|copy of a meeting
referral by a partner|referral by a customer|referral without a deal
task to do|task done|kind of work that nobody knows|lead out of a queue|lead handed on
lead without history|lead with a trial|lead that went back|lead that skipped a stage
project in 1|project in 2|project in 3
deal went back|deal skipped a stage|stage that nobody knows|close day put off
close day brought forward|amount cut|amount raised|deal handed over|deal without history
deal of several products|deal of no product|decision maker known
deal deleted|deal entered too late
"""


def test_everything_the_warehouse_must_meet_happens(stories: list[Story]) -> None:
    found = features(stories)
    required = REQUIRED.strip().replace("\n", "|").split("|")
    assert [feature for feature in required if not found[feature]] == []


def test_unhappy_customers_leave_more_often(stories: list[Story]) -> None:
    stayed: dict[bool, list[int]] = {True: [], False: []}
    for story in stories:
        has_left = all(life.ended_at is not None for life in story.ledger.subscriptions)
        stayed[story.customer.mood < 0.6].append(not has_left)
    unhappy, happy = (sum(stayed[mood]) / len(stayed[mood]) for mood in (True, False))
    assert unhappy < happy - 0.1


def test_customers_use_less_before_they_leave(stories: list[Story]) -> None:
    """Not where payment alone failed: that does not show beforehand."""
    quarter = timedelta(days=91)
    shares: dict[str, list[float]] = defaultdict(list)
    for story in stories:
        days = [
            (date.fromisoformat(row["day"]), int(row["active_users"]) / int(row["licensed_users"]))
            for row in usage_rows(story)
        ]
        lives = story.ledger.subscriptions
        if not days or any(life.ended_at is None for life in lives):
            shares["staying"] += [share for _, share in days]
            continue
        left_last = max(lives, key=lambda life: life.ended_at).left_at is not None
        last = max(day for day, _ in days)
        shares["leaving" if left_last else "unpaid"] += [
            share for day, share in days if day > last - quarter
        ]
    means = {kind: sum(found) / len(found) for kind, found in shares.items()}
    assert means["leaving"] < 0.6 < means["staying"] < 0.85
    assert means["leaving"] < means["unpaid"]


def test_usage_is_counted_on_wednesdays_and_never_above_the_licences(stories: list[Story]) -> None:
    rows = [row for story in stories for row in usage_rows(story)]
    assert {date.fromisoformat(row["day"]).weekday() for row in rows} == {2}
    assert all(0 <= int(row["active_users"]) <= int(row["licensed_users"]) for row in rows)
    systems = Counter(row["customer"].partition(":")[0] for row in rows)
    assert min(systems["stripe"], systems["salesforce"]) > 1_000
    assert set(systems) == {"stripe", "salesforce"}


def usage_rows(story: Story) -> list[dict]:
    intake = Intake(story.customer.index)
    usage.render(SEED, story, intake)
    return [entry.row for entry in intake.tables["flat_usage", "product_usage"]]


def test_customers_complain_before_they_leave(stories: list[Story]) -> None:
    rates = {}
    for has_left in (True, False):
        kind = [
            story
            for story in stories
            if story.customer.account is not None
            and any(life.left_at for life in story.ledger.subscriptions) == has_left
        ]
        complaints = sum("Complaint" in case.kind for story in kind for case in story.cases)
        rates[has_left] = complaints / len(kind)
    assert rates[True] > 2 * rates[False]


def test_most_customers_are_won_by_a_campaign_and_every_channel_costs(
    stories: list[Story],
) -> None:
    companies = [story.customer for story in stories if story.customer.account is not None]
    won = Counter(channel(SEED, customer) for customer in companies)
    assert 0.1 < won[None] / len(companies) < 0.3
    assert won["referral"] > 20
    posted = costs(SEED, len(stories))
    assert {cost.channel.lower() for cost in posted} >= {"ads", "trade fairs", "referral"}
    # CNY, at the sample's price lists; a customer is worth about three times as much.
    total = sum(cost.states[-1][1] / 100 / CURRENCY_FACTOR[cost.currency] for cost in posted)
    assert 120_000 < total / len(stories) < 260_000
    assert all(6_000 <= margin.share <= 8_500 for margin in margins(SEED))


def test_leads_become_the_deals_they_name_and_never_after_them(stories: list[Story]) -> None:
    found = 0
    for story in stories:
        deals = {deal.id: deal for deal in story.deals}
        for lead in story.leads:
            assert lead.converted == deals[lead.deal_id].created > lead.created
            assert lead.source == deals[lead.deal_id].source
            moments = [since for since, _ in lead.states]
            assert moments[0] == lead.created
            assert max(moments) == moments[-1] == lead.converted
            found += 1
    assert found > 100


def test_many_leads_come_to_nothing_and_some_are_deleted() -> None:
    people = People(SEED, 0.05)
    told = [lead for number in range(500) for lead in to_nothing(SEED, people, number)[0]]
    states = [state for lead in told for _, state in lead.states]
    assert len(told) > 800
    assert any(state.get("is_deleted") for state in states)
    assert {state["status"] for state in states if "status" in state} == {
        *(OPEN, WORKING, QUALIFIED, NOT_CONVERTED, NURTURED, PARKED)
    }
    assert not any(lead.converted for lead in told)


def test_won_deals_are_contacted_until_later_but_not_all_of_them(stories: list[Story]) -> None:
    """A difference that shows in the mean and decides no single deal."""
    silences: dict[bool, list[float]] = {True: [], False: []}
    for story in stories:
        for deal in story.deals:
            closed, outcome = deal.states[-1][:2]
            done = [task.done for task in deal.tasks if task.done is not None]
            if done and closed - deal.created > 20 * 86_400:
                share = (closed - max(done)) / (closed - deal.created)
                silences[outcome == "Closed Won"].append(share)
    won, lost = (sorted(silences[outcome]) for outcome in (True, False))
    assert statistics.mean(won) < statistics.mean(lost)
    assert won[len(won) * 9 // 10] > statistics.median(lost)
    assert lost[len(lost) // 10] < statistics.median(won)


def test_how_deals_walk_changes_nothing_about_what_they_come_to(stories: list[Story]) -> None:
    """Billing, contracts and pay hang on the end of a deal; its way is told for the funnel."""
    narrator = Narrator(SEED, 0.1)
    compared = 0
    for story in stories:
        told, _ = narrator.sales.of_customer(story.customer, story.ledger)
        for before, after in zip(told, story.deals, strict=True):
            assert (before.id, before.owner, before.currency, before.created) == (
                (after.id, after.owner, after.currency, after.created)
            )
            assert before.states[-1] == after.states[-1]
            moments = [since for since, *_ in after.states]
            assert moments == sorted(set(moments))
            assert moments[0] == after.created
            for line in after.lines:
                assert line.states[0][0] == after.created
            for since, _, amount, _ in after.states:
                held = [[part for at, part in line.states if at <= since] for line in after.lines]
                assert not held or sum(parts[-1] for parts in held) == amount
            compared += 1
    assert compared > 1_000


def test_the_way_of_a_deal_tells_something_of_its_end_and_not_all(stories: list[Story]) -> None:
    """Lost deals are put off and cut more often, and no count of either gives them away."""
    ways: dict[bool, list[tuple[int, int, bool]]] = {True: [], False: []}
    for story in stories:
        for deal in story.deals:
            on_the_way = list(itertools.pairwise(deal.states[:-1]))
            pushes = sum(later[3] > before[3] for before, later in on_the_way)
            cuts = sum(later[2] < before[2] for before, later in on_the_way)
            knows = any(role.role == DECISION_MAKER for role in deal.roles)
            ways[deal.states[-1][1] == "Closed Won"].append((pushes, cuts, knows))
    for place, is_more_when_lost in enumerate((True, True, False)):
        won, lost = ([way[place] for way in ways[is_won]] for is_won in (True, False))
        gap = statistics.mean(lost) - statistics.mean(won)
        assert (gap > 0.05) == is_more_when_lost
        assert (gap < -0.05) != is_more_when_lost
        # Every count is met on both sides, and often.
        for value in set(won) & {0, 1, 2}:
            assert lost.count(value) > 0.02 * len(lost)


def test_revenue_of_a_deal_is_given_away_once_at_any_time(stories: list[Story]) -> None:
    for story in stories:
        for deal in story.deals:
            shares = [split for split in deal.splits if not split.is_overlay]
            for moment in {since for split in shares for since, _ in split.states}:
                held = [
                    [percent for since, percent in split.states if since <= moment]
                    for split in shares
                ]
                assert sum(states[-1] for states in held if states) == 100


# The folder


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "landing"
    own = folder / "stripe" / "invoice" / "own.parquet"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"not ours")
    with pytest.raises(SampleError, match=r"own\.parquet"):
        generate(folder, SMALL, SEED)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["own.parquet"]


def test_a_sample_is_replaced_but_not_what_was_landed_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "landing"
    first = generate(folder, SMALL, SEED)
    assert generate(folder, SMALL, SEED) == first
    batch = next((folder / "stripe" / "invoice").glob("*.parquet"))
    (folder / "stripe" / "invoice" / "zz_landed.parquet").write_bytes(batch.read_bytes())
    with pytest.raises(SampleError, match="zz_landed"):
        generate(folder, SMALL, SEED)


def test_an_interrupted_run_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "landing"
    first = generate(folder, SMALL, SEED)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.sample.generator._tell_customer", fail)
    with pytest.raises(KeyboardInterrupt):
        generate(folder, SMALL, SEED + 1)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [folder]
    assert generate(folder, SMALL, SEED) == first


@pytest.mark.faults
def test_a_sample_killed_anywhere_is_whole_or_not_there_and_is_made_again(
    tmp_path: Path, at_full_length: bool
) -> None:
    settings = Settings.from_environment({}, project_dir=tmp_path)
    others = Killable(sampling, settings, SMALL, SEED + 1, watched=[tmp_path])
    company = Killable(sampling, settings, SMALL, SEED, watched=[tmp_path])

    def content() -> dict[str, bytes]:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in files}

    others.steps()
    before = content()
    steps = company.steps()
    undisturbed = content()
    assert steps > 200
    chance = random.Random(7)
    for _ in range(30 if at_full_length else 3):
        others.steps()
        # Most steps write batches; the last ones put everything in its place.
        step = chance.choice((chance.randint(1, steps), steps - chance.randint(0, 100)))
        assert company.killed_at(step), step
        for name, found in content().items():
            assert "/." in f"/{name}" or found in (before.get(name), undisturbed.get(name)), name

        company.steps()

        assert content() == undisturbed
        assert {path.name for path in tmp_path.iterdir()} == {"landing", "payroll_map.csv", "seeds"}


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS)
def test_a_sample_without_room_leaves_what_was_there(
    tmp_path: Path, small_disk: Callable[..., SmallDisk], fault: str
) -> None:
    disk = small_disk(tmp_path / "disk", megabytes=32)
    first = generate(disk.folder / "landing", SMALL, SEED)
    with (
        disk.failing(fault, spare_bytes=500_000),
        pytest.raises(CannotWrite, match=f"^{disk.folder} cannot be written to: "),
    ):
        generate(disk.folder / "landing", SMALL, SEED + 1)

    assert [path.name for path in disk.folder.iterdir()] == ["landing"]
    assert generate(disk.folder / "landing", SMALL, SEED) == first


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_a_scale_that_is_not_positive_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(SampleError, match="scale"):
        generate(tmp_path / "landing", scale, SEED)
