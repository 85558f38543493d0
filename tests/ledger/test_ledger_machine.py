"""Any order of corrections, builds, interim runs and closes keeps what a ledger promises."""

import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestration.ledger.book import FINAL, LedgerError, read_book
from orchestration.ledger.payroll import payables_of
from orchestration.ledger.periods import later
from orchestration.ledger.verify import verify
from tests.ledger.company import JANUARY, Company, Key, company_in, key, posted_by_key

KEYS = [
    key(payee=payee, component=component, part=part)
    for payee in ("p1", "p2")
    for component in ("new_business", "signing_bonus")
    for part in ("earned", "held", "clawback")
]
CENTS = st.integers(-100_000, 100_000)


class LedgerMachine(RuleBasedStateMachine):
    """A company whose pay changes all the time, and its ledger."""

    @initialize()
    def found(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.company: Company = company_in(Path(self._folder.name))
        self.written: dict[str, bytes] = {}
        # What each published version says should be posted.
        self.versions: dict[str, dict[Key, Decimal]] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @property
    def open_period(self):
        return read_book(self.company.settings).open_period or JANUARY

    @rule(name=st.sampled_from(KEYS), cents=CENTS, fingerprint=st.sampled_from("123"))
    def correct(self, name: Key, cents: int, fingerprint: str) -> None:
        """Something is due, or another amount of it."""
        amount = Decimal(cents) / 100
        is_interim = name[1] == "signing_bonus"
        self.company.entitle(f"{amount:.2f}", fingerprint, of=name, is_interim=is_interim)

    @rule(name=st.sampled_from(KEYS))
    def delete(self, name: Key) -> None:
        self.company.drop(name)

    @rule(months=st.sampled_from([0, 0, 0, 1]))
    def build(self, months: int) -> None:
        name = self.company.publish(later(self.open_period, months))
        self.versions[name] = {
            of: due.amount for of, due in self.company.entitlements.items() if due.amount
        }

    @precondition(lambda self: self.versions)
    @rule(chance=st.randoms(use_true_random=False))
    def go_back_to_an_older_version(self, chance) -> None:
        link = self.company.settings.current_link
        link.unlink()
        link.symlink_to(Path("versions") / chance.choice(sorted(self.versions)))

    @precondition(lambda self: self.versions)
    @rule()
    def run_interim(self) -> None:
        try:
            self.company.close(self.open_period, interim=True)
        except LedgerError:
            return

    @precondition(lambda self: self.versions)
    @rule()
    def close(self) -> None:
        """A final close posts exactly what its version says, or nothing at all."""
        before = posted_by_key(self.company.settings)
        period = self.open_period
        try:
            self.company.close(period)
        except LedgerError:
            assert posted_by_key(self.company.settings) == before
            return
        version = self.company.settings.current_link.resolve().name
        assert posted_by_key(self.company.settings) == self.versions[version]
        assert self.open_period == later(period, 1)

    @precondition(lambda self: read_book(self.company.settings).files)
    @rule(chance=st.randoms(use_true_random=False))
    def close_a_closed_month_once_more(self, chance) -> None:
        files = [f for f in read_book(self.company.settings).files if f.kind == FINAL]
        if files:
            assert not self.company.close(chance.choice(files).period_start).is_new

    @invariant()
    def it_verifies(self) -> None:
        report = verify(self.company.settings)
        assert (report.findings, report.notes) == ((), ())

    @invariant()
    def what_is_written_stays(self) -> None:
        ledger = self.company.settings.ledger_dir
        found = {
            path.relative_to(ledger).as_posix(): path.read_bytes()
            for path in ledger.rglob("*")
            if path.is_file() and path.name != ".lock"
        }
        assert {name: found.get(name) for name in self.written} == self.written
        self.written = found

    @invariant()
    def paid_and_carried_are_what_is_posted(self) -> None:
        files = read_book(self.company.settings).files
        posted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for file in files:
            for row in pq.read_table(file.lines_path).to_pylist():
                posted[row["payee_id"], row["currency"]] += row["amount"]
            for payable in payables_of(files, file):
                assert payable.amount > 0
                paid[payable.payee_id, payable.currency] += payable.amount
            for payee, total in posted.items():
                # What is carried on is never positive: everything due is paid.
                assert total - paid[payee] <= 0


LedgerMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLedger = LedgerMachine.TestCase
