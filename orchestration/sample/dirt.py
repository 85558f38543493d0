"""The dirt of real extracts, planted at known rates and counted exactly.

A row is dirtied by a hash of its key, so that more rows elsewhere change nothing. At most one
kind befalls a row, and no bad version is repeated or late: the counts do not overlap.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import itemgetter
from random import Random
from zlib import crc32

from .landing import BATCH_COUNT, SYNCED, Intake, Landed, Row, Table, TableName, batch_of
from .streams import between, salesforce_id
from .times import DAY, LAST_SYNC, day_number

REPEATED, LATE, SOFT_DELETE, ORPHAN = "repeated", "late", "soft_delete", "orphan"
IMPOSSIBLE_DATE, UNKNOWN_CURRENCY = "impossible_date", "unknown_currency"
NEGATIVE_QUANTITY, MISSING_KEY = "negative_quantity", "missing_key"
BAD_NUMBER, NO_SHARE = "bad_number", "no_share"
UNREADABLE_FILE = "unreadable_file"
KINDS = (
    REPEATED,
    LATE,
    SOFT_DELETE,
    ORPHAN,
    IMPOSSIBLE_DATE,
    UNKNOWN_CURRENCY,
    NEGATIVE_QUANTITY,
    MISSING_KEY,
    BAD_NUMBER,
    NO_SHARE,
    UNREADABLE_FILE,
)
REPEATED_RATE, LATE_RATE = 0.004, 0.003
ONLY_VERSION_SHARE = 0.2  # Of bad versions: no good one of the same row came before.
FLAT_SOURCES = ("flat_usage", "flat_finance", "flat_projects")
UNKNOWN_CUSTOMER, UNKNOWN_ACCOUNT = "cus_0000000000unknown", "0015x000000UNKNAA4"
UNKNOWN_OPPORTUNITY = "0065x000000UNKNAA4"
YEAR_201, DAY_OF_YEAR_201 = day_number(201, 3, 5), "0201-03-05"

_DAY = DAY * 1_000_000
_RUN = _DAY // 4

Spoil = Callable[[Row], Row]


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of dirt that befalls rows of a table with a rate; `spoil` gives changed columns."""

    kind: str
    rate: float
    spoil: Spoil | None = None


def _created_after_sync(column: str) -> Spoil:
    return lambda row: {column: row[SYNCED] + 30 * _DAY}


_FAULTS: dict[TableName, list[Fault]] = {
    ("salesforce", "account"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(IMPOSSIBLE_DATE, 0.003, _created_after_sync("created_date")),
        Fault(MISSING_KEY, 0.003, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(ORPHAN, 0.004, lambda row: {"account_id": UNKNOWN_ACCOUNT, "contract_id": None}),
        Fault(IMPOSSIBLE_DATE, 0.004, lambda row: {"close_date": YEAR_201 * _DAY}),
        Fault(UNKNOWN_CURRENCY, 0.004, lambda row: {"currency_iso_code": "XXX"}),
        Fault(MISSING_KEY, 0.003, lambda row: {"id": None}),
    ],
    ("salesforce", "account_history"): [
        Fault(MISSING_KEY, 0.002, lambda row: {"id": None}),
    ],
    ("salesforce", "account_team_member"): [
        Fault(IMPOSSIBLE_DATE, 0.006, _created_after_sync("created_date")),
        Fault(MISSING_KEY, 0.006, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity_split"): [
        Fault(ORPHAN, 0.003, lambda row: {"opportunity_id": UNKNOWN_OPPORTUNITY}),
        Fault(NO_SHARE, 0.004, lambda row: {"split_percentage": row["split_percentage"] * 100 + 1}),
        Fault(MISSING_KEY, 0.003, lambda row: {"id": None}),
    ],
    ("salesforce", "event"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(IMPOSSIBLE_DATE, 0.003, lambda row: {"start_date_time": YEAR_201 * _DAY}),
        Fault(MISSING_KEY, 0.003, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity_history"): [
        Fault(IMPOSSIBLE_DATE, 0.001, _created_after_sync("created_date")),
        Fault(UNKNOWN_CURRENCY, 0.001, lambda row: {"currency_iso_code": "XXX"}),
        Fault(MISSING_KEY, 0.001, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity_version"): [
        Fault(MISSING_KEY, 0.001, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity_line_item"): [
        Fault(SOFT_DELETE, 0.004),
        Fault(ORPHAN, 0.003, lambda row: {"opportunity_id": UNKNOWN_OPPORTUNITY}),
        Fault(NEGATIVE_QUANTITY, 0.002, lambda row: {"quantity": -row["quantity"]}),
        Fault(MISSING_KEY, 0.002, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity_contact_role"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(IMPOSSIBLE_DATE, 0.004, _created_after_sync("created_date")),
        Fault(MISSING_KEY, 0.004, lambda row: {"id": None}),
    ],
    ("salesforce", "lead"): [
        Fault(SOFT_DELETE, 0.004),
        Fault(IMPOSSIBLE_DATE, 0.004, _created_after_sync("created_date")),
        Fault(MISSING_KEY, 0.003, lambda row: {"id": None}),
    ],
    ("salesforce", "lead_history"): [
        Fault(MISSING_KEY, 0.002, lambda row: {"id": None}),
    ],
    ("salesforce", "task"): [
        Fault(SOFT_DELETE, 0.004),
        Fault(IMPOSSIBLE_DATE, 0.002, lambda row: {"activity_date": YEAR_201 * _DAY}),
        Fault(MISSING_KEY, 0.002, lambda row: {"id": None}),
    ],
    ("salesforce", "opportunity_partner"): [
        Fault(SOFT_DELETE, 0.01),
        Fault(MISSING_KEY, 0.01, lambda row: {"id": None}),
    ],
    ("salesforce", "referral_c"): [
        Fault(SOFT_DELETE, 0.015),
        Fault(IMPOSSIBLE_DATE, 0.015, _created_after_sync("created_date")),
    ],
    ("salesforce", "contract"): [
        Fault(SOFT_DELETE, 0.01),
        Fault(IMPOSSIBLE_DATE, 0.012, lambda row: {"end_date": row["start_date"] - 30}),
        Fault(UNKNOWN_CURRENCY, 0.006, lambda row: {"currency_iso_code": "XXX"}),
    ],
    ("salesforce", "campaign"): [
        Fault(SOFT_DELETE, 0.02),
        Fault(IMPOSSIBLE_DATE, 0.02, lambda row: {"end_date": row["start_date"] - 30}),
        Fault(UNKNOWN_CURRENCY, 0.02, lambda row: {"currency_iso_code": "XXX"}),
    ],
    ("salesforce", "campaign_member"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(IMPOSSIBLE_DATE, 0.006, _created_after_sync("created_date")),
        Fault(MISSING_KEY, 0.004, lambda row: {"id": None}),
    ],
    ("salesforce", "contact"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(MISSING_KEY, 0.004, lambda row: {"id": None}),
    ],
    ("salesforce", "case"): [
        Fault(SOFT_DELETE, 0.006),
        Fault(ORPHAN, 0.006, lambda row: {"account_id": UNKNOWN_ACCOUNT}),
        Fault(IMPOSSIBLE_DATE, 0.006, _created_after_sync("created_date")),
        Fault(MISSING_KEY, 0.004, lambda row: {"id": None}),
    ],
    ("stripe", "customer"): [
        Fault(SOFT_DELETE, 0.008),
        Fault(IMPOSSIBLE_DATE, 0.006, _created_after_sync("created")),
        Fault(MISSING_KEY, 0.006, lambda row: {"id": None}),
    ],
    ("stripe", "discount"): [
        Fault(IMPOSSIBLE_DATE, 0.03, lambda row: {"end": row["start"] - 10 * _DAY}),
    ],
    ("stripe", "subscription_history"): [
        Fault(IMPOSSIBLE_DATE, 0.001, lambda row: {"start_date": YEAR_201 * _DAY}),
        Fault(MISSING_KEY, 0.0005, lambda row: {"id": None}),
    ],
    ("stripe", "subscription_item"): [
        Fault(NEGATIVE_QUANTITY, 0.01, lambda row: {"quantity": -(row["quantity"] or 1)}),
    ],
    ("stripe", "invoice"): [
        Fault(SOFT_DELETE, 0.002),
        Fault(
            ORPHAN, 0.001, lambda row: {"customer_id": UNKNOWN_CUSTOMER, "subscription_id": None}
        ),
        Fault(IMPOSSIBLE_DATE, 0.001, _created_after_sync("created")),
        Fault(UNKNOWN_CURRENCY, 0.001, lambda row: {"currency": "xxx"}),
        Fault(MISSING_KEY, 0.0005, lambda row: {"id": None}),
    ],
    ("stripe", "invoice_line_item"): [
        Fault(UNKNOWN_CURRENCY, 0.0007, lambda row: {"currency": "xxx"}),
        Fault(NEGATIVE_QUANTITY, 0.001, lambda row: {"quantity": -(row["quantity"] or 1)}),
    ],
    ("stripe", "charge"): [
        Fault(IMPOSSIBLE_DATE, 0.0007, lambda row: {"created": YEAR_201 * _DAY}),
        Fault(UNKNOWN_CURRENCY, 0.0005, lambda row: {"currency": "xxx"}),
        Fault(MISSING_KEY, 0.0005, lambda row: {"id": None}),
    ],
    ("flat_usage", "product_usage"): [
        Fault(ORPHAN, 0.0006, lambda row: {"customer": f"stripe:{UNKNOWN_CUSTOMER}"}),
        Fault(IMPOSSIBLE_DATE, 0.0006, lambda row: {"day": DAY_OF_YEAR_201}),
        Fault(NEGATIVE_QUANTITY, 0.0006, lambda row: {"active_users": f"-{row['active_users']}1"}),
        Fault(BAD_NUMBER, 0.0006, lambda row: {"licensed_users": f"{row['licensed_users']},5"}),
        Fault(MISSING_KEY, 0.0004, lambda row: {"customer": ""}),
    ],
    ("flat_finance", "acquisition_cost"): [
        Fault(IMPOSSIBLE_DATE, 0.01, lambda row: {"month": DAY_OF_YEAR_201[:7]}),
        Fault(UNKNOWN_CURRENCY, 0.01, lambda row: {"currency": "XXX"}),
        Fault(BAD_NUMBER, 0.015, lambda row: {"amount": f"1,{row['amount']}"}),
        Fault(MISSING_KEY, 0.01, lambda row: {"cost_id": ""}),
    ],
    ("flat_finance", "gross_margin"): [
        Fault(NO_SHARE, 0.12, lambda row: {"gross_margin": row["gross_margin"][2:4]}),
    ],
    ("flat_projects", "delivery"): [
        Fault(IMPOSSIBLE_DATE, 0.012, lambda row: {"accepted_on": DAY_OF_YEAR_201}),
        Fault(
            BAD_NUMBER,
            0.012,
            lambda row: {"delivered_share": row["delivered_share"].replace(".", ",")},
        ),
        Fault(NO_SHARE, 0.012, lambda row: {"delivered_share": row["delivered_share"][-2:] + "1"}),
        Fault(MISSING_KEY, 0.008, lambda row: {"delivery_id": ""}),
    ],
    ("qualtrics", "survey_response"): [
        Fault(IMPOSSIBLE_DATE, 0.003, lambda row: {"recorded_date": YEAR_201 * _DAY}),
        Fault(MISSING_KEY, 0.003, lambda row: {"id": None}),
    ],
}
_MISTAKEN = {  # What a row made by mistake looks like before it is deleted.
    ("stripe", "invoice"): {"status": "draft", "number": None, "amount_paid": 0},
    ("salesforce", "contract"): {"status": "Draft", "customer_signed_date": None},
}


class Soiler:
    """Dirties rows and counts what it did: `counts[kind, "source.table"]`."""

    def __init__(self, seed: int, tables: dict[TableName, Table]) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._seed = seed
        self._tables = tables
        self._faults = {
            name: [Fault(REPEATED, REPEATED_RATE), Fault(LATE, LATE_RATE), *_FAULTS.get(name, [])]
            for name in tables
        }
        self._bounds = {
            name: list(accumulate(fault.rate * 2**32 for fault in faults))
            for name, faults in self._faults.items()
        }

    def soil(self, intake: Intake) -> None:
        """Dirty one owner's rows in place; every row lands after this."""
        for name, landed in intake.tables.items():
            table, columns = self._tables[name], self._tables[name].key
            added: list[Landed] = []
            keyed = [(_key(entry.row, columns), entry) for entry in landed]
            for key, group in groupby(keyed, itemgetter(0)):
                mark = crc32(f"{self._seed}/{table.source}.{table.name}/{key}".encode())
                if mark < self._bounds[name][-1]:
                    fault = self._faults[name][bisect_right(self._bounds[name], mark)]
                    versions = [entry for _, entry in group]
                    self._befall(table, fault, versions, Random(mark), added)
            landed += added
            if table.delete_marker is not None:
                self.counts[SOFT_DELETE, f"{table.source}.{table.name}"] += sum(
                    bool(entry.row[table.delete_marker]) for entry in landed
                )

    def _befall(
        self, table: Table, fault: Fault, versions: list[Landed], rng: Random, added: list[Landed]
    ) -> None:
        marker = table.delete_marker
        if marker is not None and versions[-1].row[marker]:
            return
        count = len(added)
        if fault.kind == REPEATED:
            chosen = versions[between(rng, 0, len(versions))]
            again = min(chosen.batch + between(rng, 0, 2), BATCH_COUNT - 1)
            added.append(Landed(again, chosen.row))
        elif fault.kind == LATE:
            held = versions[0]
            if held.batch < BATCH_COUNT - 1:
                held.batch = min(held.batch + between(rng, 1, 4), BATCH_COUNT - 1)
                self.counts[fault.kind, f"{table.source}.{table.name}"] += 1
            return
        elif fault.kind == SOFT_DELETE:
            source = versions[-1]
            copy = {
                **source.row,
                **_MISTAKEN.get((table.source, table.name), {}),
                **_new_key(table, source.row, rng),
            }
            deleted = _landed_later(rng, {**copy, marker: True})
            if deleted is not None:
                added += [Landed(source.batch, copy), deleted]
            return
        else:
            is_new = fault.kind == ORPHAN or rng.random() < ONLY_VERSION_SHARE
            base = versions[-1].row
            row = {**base, **_new_key(table, base, rng)} if is_new else dict(base)
            spoiled = _landed_later(rng, row)
            if spoiled is None:
                return
            spoiled.row.update(fault.spoil(spoiled.row))
            added.append(spoiled)
        self.counts[fault.kind, f"{table.source}.{table.name}"] += len(added) - count


def _key(row: Row, columns: tuple[str, ...]) -> object:
    if len(columns) == 1:
        return row[columns[0]]
    return "/".join(str(row[column]) for column in columns)


def _landed_later(rng: Random, row: Row) -> Landed | None:
    """Return the row as a version of a later run; None where there is none before the last."""
    synced = row[SYNCED] + between(rng, 1, 40) * _RUN
    if synced // 1_000_000 >= LAST_SYNC:
        return None
    return Landed(batch_of(synced), {**row, SYNCED: synced})


def _new_key(table: Table, row: Row, rng: Random) -> Row:
    """Return a key that no other row has."""
    column = table.key[0]
    if table.source == "salesforce":
        return {column: salesforce_id(row[column][:3], between(rng, 0, 62**8), "5x0")}
    if table.source in FLAT_SOURCES:
        return {column: f"{row[column]}-{between(rng, 0, 10**6)}"}
    return {column: f"{row[column][:-1]}x"}
