"""A company whose pay is made up: its published versions have the marts that a close reads.

What is pending is computed here in plain Python, from the ledger's files, so that a close is judged
by a second method. Nothing here runs dbt.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.content_hash import content_hash
from orchestration.ledger.book import read_book
from orchestration.ledger.close import Closed, close_period
from orchestration.ledger.periods import last_day, later
from orchestration.ledger.postings import FINGERPRINTS, KEY, MARTS
from orchestration.settings import Settings

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
PLANS = "seeds/compensation/plans.csv"
TENTH = Decimal("0.1")
Key = tuple[str, str, str, str, date, str]


@dataclass(frozen=True)
class Entitlement:
    """What should be posted for one key by now."""

    amount: Decimal
    fingerprint: str = "1"
    is_interim: bool = False
    is_rate_provisional: bool = False
    is_blocked: bool = False


def key(
    payee: str = "p001",
    component: str = "new_business",
    basis: str = "booking:crm:o1",
    part: str = "earned",
    earned: date = JANUARY,
    currency: str = "CNY",
) -> Key:
    return (payee, component, basis, part, earned, currency)


def posted_by_key(settings: Settings) -> dict[Key, Decimal]:
    """The sum of every line of every file on disk."""
    posted: dict[Key, Decimal] = defaultdict(Decimal)
    for file in read_book(settings).files:
        for row in pq.read_table(file.lines_path).to_pylist():
            posted[tuple(row[name] for name in KEY)] += row["amount"]
    return {name: amount for name, amount in posted.items() if amount}


@dataclass
class Company:
    """A company with an installation of its own."""

    settings: Settings
    entitlements: dict[Key, Entitlement] = field(default_factory=dict)
    uncredited: list[str] = field(default_factory=list)

    def entitle(self, amount: str, fingerprint: str = "1", *, of: Key | None = None, **more: Any):
        """Say what should be posted for a key; `None` of it where the amount is 0."""
        entitlement = Entitlement(Decimal(amount), fingerprint, **more)
        self.entitlements[of or key()] = entitlement

    def publish(self, period: date, **manifest: Any) -> str:
        """Publish what is due by the end of a month, known five days later; the version's name."""
        count = len(list(self.settings.versions_dir.iterdir()))
        name = f"20260405T{count:06d}Z-run"
        folder = self.settings.versions_dir / name
        folder.mkdir(parents=True)
        hashes = self._write_marts(folder / "finance.duckdb", period)
        content = {
            "version": name,
            "published_at": "2026-04-05T00:00:00+00:00",
            "git": {"commit": "a" * 40, "is_dirty": False},
            "as_of": f"{later(period, 1).replace(day=5)}T00:00:00Z",
            "cutoff_on": last_day(period).isoformat(),
            "vars": {
                "reporting_timezone": "Asia/Shanghai",
                "ledger_first_period": None,
                **manifest.pop("dbt_vars", {}),
            },
            "seeds": self._seeds(),
            "marts": {
                mart: {"rows": 0, "content_hash": hashes[mart], "columns": [], "parquet": None}
                for mart in MARTS
            },
            "landed_files": [{"path": "crm/deal/1.parquet", "sha256": "0" * 64, "size_bytes": 1}],
            "ledger_head": read_book(self.settings).head_hash,
            **manifest,
        }
        (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
        link = self.settings.current_link
        link.unlink(missing_ok=True)
        link.symlink_to(Path("versions") / name)
        return name

    def close(self, period: date, interim: bool = False, **more: Any) -> Closed:
        """Close a month, or post an interim run of it."""
        return close_period(self.settings, period, interim, **{"patience_seconds": 20, **more})

    def pending(self) -> dict[Key, Decimal]:
        """What should be posted and is not; computed in Python."""
        posted = posted_by_key(self.settings)
        pending = {
            name: self.amount(name) - posted.get(name, Decimal(0))
            for name in {*self.entitlements, *posted}
        }
        return {name: amount for name, amount in pending.items() if amount}

    def amount(self, name: Key) -> Decimal:
        entitlement = self.entitlements.get(name)
        return entitlement.amount if entitlement else Decimal(0)

    def drop(self, name: Key) -> None:
        """The key is due no longer: its event was deleted."""
        self.entitlements.pop(name, None)

    def _seeds(self) -> dict[str, str]:
        content = (self.settings.project_dir / PLANS).read_bytes()
        return {PLANS: hashlib.sha256(content).hexdigest()}

    def _write_marts(self, file: Path, period: date) -> dict[str, str]:
        posted = posted_by_key(self.settings)
        types = {"earning_period_start": "date"}
        keys = ", ".join(f"{name} {types.get(name, 'varchar')}" for name in KEY)
        fingerprints = ", ".join(f"{name} varchar" for name in FINGERPRINTS)
        with duckdb.connect(str(file)) as connection:
            connection.execute(
                f"create table fct_payout_entitlements ({keys}, amount decimal(18, 2), "
                f"line_id varchar, is_rate_provisional boolean, {fingerprints})"
            )
            _insert(
                connection,
                "fct_payout_entitlements",
                [
                    (*name, due.amount, _line_id(name), due.is_rate_provisional)
                    + (due.fingerprint,) * len(FINGERPRINTS)
                    for name, due in self.entitlements.items()
                ],
            )
            connection.execute(
                f"create table fct_pending_postings ({keys}, entitlement_amount decimal(18, 2), "
                "posted_amount decimal(18, 2), pending_amount decimal(18, 2), reason varchar, "
                "changed varchar, posting_period_start date, is_interim boolean, "
                "is_blocked boolean)"
            )
            _insert(
                connection,
                "fct_pending_postings",
                [
                    self._pending_row(name, posted.get(name), period)
                    for name in {*self.entitlements, *posted}
                ],
            )
            connection.execute(
                "create table fct_payout_line_slices (line_id varchar, slice_number int, "
                "tier_from decimal(18, 6), tier_to decimal(18, 6), credit_amount decimal(18, 2), "
                "rate decimal(18, 6), amount decimal(18, 2))"
            )
            _insert(
                connection,
                "fct_payout_line_slices",
                [
                    (_line_id(name), 1, Decimal(0), None, due.amount * 10, TENTH, due.amount)
                    for name, due in self.entitlements.items()
                    if name[3] == "earned"
                ],
            )
            connection.execute(
                "create table fct_uncredited_events (event_key varchar, occurred_on date)"
            )
            _insert(
                connection, "fct_uncredited_events", [(name, JANUARY) for name in self.uncredited]
            )
            return {mart: content_hash(connection, mart) for mart in MARTS}

    def _pending_row(self, name: Key, posted: Decimal | None, period: date) -> tuple[Any, ...]:
        due = self.entitlements.get(name, Entitlement(Decimal(0), is_interim=False))
        pending = due.amount - (posted or Decimal(0))
        reason = "earned" if posted is None else "source_change" if pending else None
        changed = "event|credit" if reason == "source_change" else None
        return (
            *name,
            due.amount,
            posted or Decimal(0),
            pending,
            reason,
            changed,
            period,
            due.is_interim,
            due.is_blocked,
        )


def company_in(folder: Path) -> Company:
    """A company without pay, whose first plan begins in January 2026."""
    settings = Settings.from_environment({}, project_dir=folder)
    (folder / PLANS).parent.mkdir(parents=True)
    (folder / PLANS).write_text("plan_code,valid_from\nstandard,2026-01-01\n", encoding="utf-8")
    settings.versions_dir.mkdir(parents=True)
    return Company(settings)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({places})", list(rows))


def _line_id(name: Key) -> str:
    return hashlib.md5("|".join(map(str, name[:3])).encode()).hexdigest()
