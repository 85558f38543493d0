"""Invented companies with plans and histories, in the rows that pay depends on.

Here belongs what finance can write and what CRM and billing can hold, the awkward first: exact
thresholds, cents that do not split, ends of windows, leap days, several currencies, leave, moves,
refunds, churn. What the rows mean is not decided here. Hypothesis draws a number a company and a
generator of random numbers does the rest; a company is small, and a run of the models takes
hundreds of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import NamedTuple

from ..mrr import (
    Account,
    BillingCustomer,
    Contract,
    ExchangeRate,
    InvoiceLine,
    Product,
    SubscriptionItem,
)
from .conversion import digits_of
from .customers import GROSS_MARGINS, LINE_KINDS, UNIT_COUNTS, old_business, pools, ratings
from .money import rounded
from .periods import MONTHS, add_months, holds, window_of
from .rows import (
    WHOLE,
    AccountOwner,
    ClawbackRule,
    CreditNote,
    CreditRule,
    Deal,
    Delivery,
    Draw,
    DrawComponent,
    Invoice,
    Meeting,
    OpportunitySplit,
    Partner,
    PayAdjustment,
    Payee,
    PayeeAssignment,
    Payment,
    PaymentAllocation,
    PayoutCap,
    PayRows,
    PaySettings,
    Plan,
    PlanComponent,
    Quota,
    QuotaRamp,
    RateTier,
    Referral,
    Score,
)

PRODUCTS = (
    Product("test:base", "platform"),
    Product("test:data", "analytics"),
    Product("test:help", None),
)
CURRENCIES = ("CNY", "USD", "EUR", "JPY")
WORTH = {"CNY": "1", "USD": "7.1", "EUR": "7.9", "JPY": "0.05"}
DEAL_AMOUNTS = ("30000", "15000", "60000", "45000", "100.01", "0.01", "33333.33", "7", "123456.78")
PERCENTS = (("1",), ("0.5", "0.5"), ("0.333333", "0.333333", "0.333334"), ("0.7", "0.3"))
TIER_STEPS = (("0", "1"), ("0", "0.5", "1", "1.5"), ("0", "1", "1.333333"), ("0",))
TIER_RATES = ("0.05", "0.08", "0.1", "0.125", "0.033333", "0")
SCORES = ("0", "0.5", "0.6", "0.8", "0.999999", "1", "1.2", "2")


class Kind(NamedTuple):
    """A kind of component: which events credit it, and how."""

    name: str
    event_types: tuple[str, ...]
    sources: tuple[str, ...]
    credit_kind: str = "revenue"
    has_amount: bool = True


KINDS = (
    Kind("commission", ("booking",), ("opportunity_split",)),
    Kind("commission", ("booking",), ("opportunity_split",)),
    Kind("bonus", ("booking",), ("opportunity_split", "opportunity_owner")),
    Kind(
        "recurring",
        ("mrr_new", "mrr_reactivation", "mrr_expansion"),
        ("contract_opportunity_split", "account_owner_on_event_day"),
    ),
    Kind(
        "net",
        ("mrr_new", "mrr_reactivation", "mrr_expansion", "mrr_contraction", "mrr_churn"),
        ("contract_opportunity_split", "account_owner_on_event_day"),
    ),
    Kind("collected", ("cash",), ("contract_opportunity_split", "account_owner_on_event_day")),
    Kind("renewal", ("renewal",), ("role_on_account", "account_owner_on_event_day")),
    Kind("delivery", ("delivery",), ("contract_opportunity_split",)),
    Kind("meeting", ("meeting",), ("payee",), has_amount=False),
    Kind("referral", ("referral",), ("partner",), has_amount=False),
    Kind("rebate", ("booking", "cash"), ("partner",)),
    Kind("kpi", ("score",), ("payee",), has_amount=False),
    Kind("override", ("booking",), ("manager_override",), "override"),
    Kind(
        "units",
        ("units",),
        ("account_owner_on_event_day", "contract_opportunity_split"),
        has_amount=False,
    ),
    Kind(
        "rated",
        ("units", "survey"),
        ("account_owner_on_event_day", "role_on_account"),
        has_amount=False,
    ),
    Kind("profit", ("customer_anniversary",), ("role_on_account", "account_owner_on_event_day")),
    Kind("pool", (), ("payee",)),
)


class Component(NamedTuple):
    """A component of the world: its code means the same in every plan of every company."""

    code: str
    kind: Kind
    measure: str
    credit_rules: tuple[CreditRule, ...]
    anniversary_from: int | None = None


class InventedCompany(NamedTuple):
    """The rows of a company."""

    key: str
    rows: PayRows

    def __repr__(self) -> str:
        """Not its hundreds of rows."""
        return f"company {self.key} of {sum(map(len, self.rows))} rows"


class Inventor:
    """Invents a company from a generator of random numbers."""

    def __init__(
        self, random: Random, key: str, settings: PaySettings, world: Sequence[Component]
    ) -> None:
        """A company known by a key, whose history surrounds the cutoff."""
        self.random, self.key, self.settings, self.world = random, key, settings, world
        self.tables: dict[str, list] = {}
        cutoff = settings.cutoff_on
        self.start = add_months(cutoff.replace(day=1), -14)
        self.days = self.interesting_days()
        self.past = [day for day in self.days if day <= cutoff]
        # What happened; later days are agreed, like the end of a subscription.
        self.known = [day for day in self.days if day <= settings.as_of_on]
        self.plan_currency = self.one_of(("CNY",) * 4 + ("USD", "JPY"))
        self.pay_currency_default = self.plan_currency
        # A quota of 0 pays by a guaranteed attainment, which only these modes know what to do with.
        self.has_free_windows = self.chance(0.1)
        # One anniversary is the first that shares profit, in all companies of a world.
        self.anniversary_from = max((one.anniversary_from or 0 for one in world), default=0)

    # -- drawing -----------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    def one_of(self, values: Sequence):
        """One of some values."""
        return self.random.choice(values)

    def maybe(self, share: float, values: Sequence):
        """One of some values so often, else nothing."""
        return self.one_of(values) if self.chance(share) else None

    def add(self, table: str, row: NamedTuple) -> NamedTuple:
        """Add a row to a table."""
        self.tables.setdefault(table, []).append(row)
        return row

    def named(self, kind: str, number: object = "") -> str:
        """The id of something of this company."""
        return f"test:{kind} {self.key} {number}".strip()

    def interesting_days(self) -> list[date]:
        """Few days, so that they often meet: around the ends of months, mid-month, leap days."""
        days, month = set(), self.start
        last = add_months(self.settings.cutoff_on, 2)
        while month <= last:
            end = add_months(month, 1) - timedelta(days=1)
            days |= {month, end} if self.chance(0.7) else {month.replace(day=10)}
            if self.chance(0.3):
                days |= {end - timedelta(days=1), month.replace(day=self.one_of((2, 11, 15, 28)))}
            month = add_months(month, 1)
        days |= {date(2024, 2, 29)} if self.start <= date(2024, 2, 29) <= last else set()
        days.add(self.settings.cutoff_on)
        # Between what is known and what takes effect nothing is dated.
        as_of_on, cutoff_on = self.settings.as_of_on, self.settings.cutoff_on
        return sorted(day for day in days if day <= as_of_on or day > max(as_of_on, cutoff_on))

    def money(self, amount: str | Decimal, currency: str) -> Decimal:
        """An amount that its currency can hold."""
        return rounded(Decimal(amount), digits_of(currency))

    def worth(self, amount: str, currency: str) -> Decimal:
        """An amount of CNY in another currency, about."""
        return self.money(Decimal(amount) / Decimal(WORTH[currency]), currency)

    # -- all of it ---------------------------------------------------------------------

    def company(self) -> PayRows:
        """A company: its people, plans and history."""
        self.people()
        count = self.one_of((1, 1, 2, 2, 3, 4))
        chosen = self.random.sample(self.world, count)
        self.components = [(one.code, one.kind, one.measure) for one in chosen]
        names = {one.kind.name for one in chosen}
        # Whether it matters what customers are worth, and what they say.
        self.is_valued, self.is_rated = bool(names & {"profit", "pool"}), "rated" in names
        for code, kind, measure in self.components:
            self.component(code, kind, measure)
        self.anniversaries_elsewhere()
        self.plan_versions()
        self.quotas()
        self.caps()
        self.extras()
        for number in range(self.one_of((1, 1, 2))):
            self.account(number)
        return PayRows(
            exchange_rates=exchange_rates(self.settings),
            products=PRODUCTS,
            gross_margins=GROSS_MARGINS,
            credit_rules=[rule for one in self.world for rule in one.credit_rules],
            **self.tables,
        )

    # -- people ------------------------------------------------------------------------

    def people(self) -> None:
        """Payees with plans, managers, leave, moves, joiners and leavers."""
        self.plan_codes = [f"plan_{self.key}_{name}" for name in self.one_of(("a", "a", "ab"))]
        count = self.one_of((1, 2, 2, 3, 4))
        self.payee_ids = [f"p{self.key}_{number}" for number in range(count)]
        self.users = [self.named("user", number) for number in range(count)]
        for number, payee_id in enumerate(self.payee_ids):
            manager = self.maybe(0.7, self.payee_ids[:number]) if number else None
            self.payee(payee_id, self.users[number], manager, number)
        if self.chance(0.3):
            partner_id = self.named("partner")
            self.add("partners", Partner(partner_id))
            self.payee_ids.append(f"p{self.key}_x")
            self.payee(self.payee_ids[-1], None, None, 0, partner_id)

    def payee(
        self,
        payee_id: str,
        user_id: str | None,
        manager: str | None,
        number: int,
        partner_id: str | None = None,
    ) -> None:
        """A payee and its assignments, without gap from joining to leaving."""
        joined_on = add_months(self.start, -2)
        if number and self.chance(0.3):
            joined_on = self.one_of(self.past[: len(self.past) // 2])
        left_on = None
        if number and self.chance(0.2):
            left_on = self.one_of([day for day in self.days if day > joined_on][1:] or [None])
        self.add(
            "payees",
            Payee(
                payee_id,
                user_id,
                partner_id,
                self.one_of((self.plan_currency,) * 4 + CURRENCIES[:1] + ("EUR", "JPY")),
                joined_on,
                left_on,
                "partner" if partner_id else "employee",
            ),
        )
        cuts = {joined_on}
        if self.chance(0.4):
            cuts |= {day for day in self.random.sample(self.days, 2) if day > joined_on}
        leave = None
        if self.chance(0.2):
            # Never a whole month, so that no window is without a day that counts.
            first = add_months(self.start, self.random.randrange(14)).replace(day=5)
            leave = (first, first + timedelta(days=self.one_of((1, 7, 15))))
            cuts |= {day for day in leave if day > joined_on}
        if left_on is not None:
            cuts = {day for day in cuts if day < left_on}
        plan_code = self.one_of(self.plan_codes)
        for starts, ends in pairwise((*sorted(cuts), left_on)):
            if self.chance(0.3):
                plan_code = self.one_of(self.plan_codes)
            self.add(
                "payee_assignments",
                PayeeAssignment(
                    payee_id,
                    starts,
                    ends,
                    plan_code,
                    manager if self.chance(0.9) and self.is_there(manager, starts, ends) else None,
                    leave is not None and leave[0] <= starts < leave[1],
                ),
            )

    def is_there(self, payee_id: str | None, starts: date, ends: date | None) -> bool:
        """Whether somebody is there all the time from a day to another."""
        return any(
            row.payee_id == payee_id
            and row.joined_on <= starts
            and (row.left_on is None or (ends is not None and ends <= row.left_on))
            for row in self.tables.get("payees", ())
        )

    # -- plans -------------------------------------------------------------------------

    def plan_versions(self) -> None:
        """Each plan's versions; components are versioned by themselves."""
        rate_type = self.one_of(("budget", "month"))
        for plan_code in self.plan_codes:
            cuts = [self.start - timedelta(days=500)]
            if self.chance(0.3):
                cuts.append(self.one_of(self.past))
            for version, (starts, ends) in enumerate(pairwise((*sorted(set(cuts)), None)), 1):
                self.add(
                    "plans", Plan(plan_code, starts, ends, version, self.plan_currency, rate_type)
                )

    def component(self, code: str, kind: Kind, measure: str) -> None:
        """A component in every plan, mostly, in one or two versions."""
        window_type = self.one_of(("month", "quarter", "quarter", "year"))
        for plan_code in self.plan_codes:
            if len(self.plan_codes) > 1 and self.chance(0.2):
                continue
            cuts = [self.start - timedelta(days=500)]
            if self.chance(0.3):
                cuts.append(self.one_of(self.past))
            released_on = set()
            for starts, ends in pairwise((*sorted(set(cuts)), None)):
                row = self.component_row(plan_code, code, kind, measure, window_type)
                row = row._replace(valid_from=starts, valid_to=ends)
                released_on.add(self.add("plan_components", row).release_on)
                self.tiers(row)
            self.clawbacks(plan_code, code, kind, released_on)

    def anniversaries_elsewhere(self) -> None:
        """A plan that nobody is on: anniversaries of one company are those of all."""
        for one in self.world:
            if one.anniversary_from is not None:
                row = PlanComponent(
                    f"plan_{self.key}_z",
                    one.code,
                    measure=one.measure,
                    rate=WHOLE,
                    tier_basis=None,
                    anniversary_from=one.anniversary_from,
                )
                self.add("plan_components", row)

    def component_row(
        self, plan_code: str, code: str, kind: Kind, measure: str, window_type: str
    ) -> PlanComponent:
        """A version of a component."""
        mode, evaluation, basis = self.mode(kind)
        currency = self.plan_currency
        needs_amount = mode in ("fixed", "per_unit")
        release_on = self.release_on(kind)
        cliff = cap = cliff_mode = None
        if basis == "attainment" and mode != "fixed":
            cliff = self.maybe(0.25, ("0.5", "1", "0.25", "1.1"))
            cap = self.maybe(0.15, ("1", "1.5", "2", "1.25"))
        elif basis == "amount":
            cliff = self.maybe(0.2, ("15000", "30000", "100"))
        elif basis == "acv":
            cliff = self.one_of(("15000", "60000", "30000"))
        elif basis == "units":
            cliff = self.maybe(0.3, ("10", "43", "2.25"))
        elif kind.name == "rated":
            cliff = self.one_of(("4", "4.3", "3.666667", "1"))
        if cliff is not None:
            cliff_mode = self.one_of(("first_unit", "threshold"))
            if basis in ("acv", "score") or mode == "fixed" or self.has_free_windows:
                cliff_mode = "first_unit"
        return PlanComponent(
            plan_code,
            code,
            measure=measure,
            window_type=window_type,
            mode=mode,
            evaluation=evaluation,
            tier_basis=basis,
            rate=self.flat_rate(kind) if mode == "flat" else None,
            amount=self.worth(self.one_of(("200", "1500.5", "99.99")), currency)
            if needs_amount
            else None,
            unit_size=Decimal(self.one_of(("1", "2", "3", "10"))) if mode == "per_unit" else None,
            is_pro_rata=mode == "per_unit" and self.chance(0.5),
            attainment_cap=cap and Decimal(cap),
            cliff_from=cliff and Decimal(cliff),
            cliff_mode=cliff_mode,
            floor_amount=self.worth(self.one_of(("500", "1", "9000")), currency)
            if kind.name not in ("kpi", "rated", "pool") and self.chance(0.15)
            else None,
            release_on=release_on,
            release_days=self.one_of((1, 30, 90)) if release_on == "days" else None,
            is_cap_refundable=self.chance(0.2),
            attainment_after_clawback=self.one_of(
                ("keep",) * 3 + ("remove_at_origin", "remove_at_trigger")
            ),
            is_interim=self.chance(0.2),
            answer_count_from=self.one_of((None, 1, 2, 3)) if kind.name == "rated" else None,
            anniversary_from=self.anniversary_from if kind.name == "profit" else None,
        )

    def flat_rate(self, kind: Kind) -> Decimal:
        """What of a credit is paid; a share of a pool in full."""
        return WHOLE if kind.name == "pool" else Decimal(self.one_of(TIER_RATES))

    def mode(self, kind: Kind) -> tuple[str, str, str | None]:
        """A mode, how it is evaluated and what its tiers are measured in."""
        if kind.name == "kpi":
            return self.one_of(("interpolated", "interpolated", "fixed")), "period_to_date", "score"
        if kind.name in ("units", "rated"):
            return "per_unit", "period_to_date", "units" if kind.name == "units" else "score"
        if kind.name == "pool":
            return "flat", "per_event", None
        if not kind.has_amount:
            mode = self.one_of(("fixed", "per_unit"))
            return mode, "period_to_date" if mode == "per_unit" else self.one_of(EVALUATIONS), None
        if kind.name == "bonus" and self.chance(0.5):
            return "fixed", "per_event", "acv"
        mode = self.one_of(
            ("flat", "marginal", "marginal", "whole_amount", "overage_at_top", "interpolated")
        )
        if self.has_free_windows and mode in ("overage_at_top", "interpolated"):
            mode = "marginal"
        if mode == "flat":
            basis = self.one_of((None, "attainment"))
            return mode, "period_to_date" if basis else self.one_of(EVALUATIONS), basis
        basis = self.one_of(("attainment",) * 3 + ("amount",))
        if basis == "attainment" or mode == "overage_at_top":
            # One event has no attainment of its own.
            return mode, "period_to_date", "attainment"
        return mode, self.one_of(EVALUATIONS), basis

    def release_on(self, kind: Kind) -> str:
        """When a component's lines are released."""
        if kind.name in ("meeting", "referral", "kpi", "pool"):
            return self.one_of(("event", "event", "days"))
        return self.one_of(("event", "event", "days", "cash", "cash", "delivery"))

    def tiers(self, row: PlanComponent) -> None:
        """The tiers of a version of a component: contiguous, from 0, the last open."""
        if row.mode in ("flat", "fixed", "per_unit"):
            return
        steps = self.one_of(TIER_STEPS)
        if row.tier_basis == "amount":
            steps = tuple(
                str(self.worth(str(Decimal(step) * 30000), self.plan_currency)) for step in steps
            )
        amount = Decimal(0)
        for starts, ends in pairwise((*steps, None)):
            is_curve = row.mode == "interpolated"
            self.add(
                "rate_tiers",
                RateTier(
                    row.plan_code,
                    row.component_code,
                    Decimal(starts),
                    ends and Decimal(ends),
                    None if is_curve else Decimal(self.one_of(TIER_RATES)),
                    amount if is_curve else None,
                    row.valid_from,
                ),
            )
            amount += self.worth(self.one_of(("1000", "4800", "333.33", "0")), self.plan_currency)

    def clawbacks(self, plan_code: str, code: str, kind: Kind, released_on: set[str]) -> None:
        """What takes a component's pay back."""
        triggers = ["churn", "unpaid_days", "payee_left"]
        if "cash" not in released_on and "cash" not in kind.event_types:
            triggers.append("refund")
        for trigger in triggers:
            if not kind.has_amount or self.chance(0.75):
                continue
            scope = self.one_of(("contract", "contract", "customer"))
            if trigger == "churn":
                scope = self.one_of((scope, "partial"))
            method = self.one_of(("linear", "linear", "full"))
            self.add(
                "clawback_rules",
                ClawbackRule(
                    plan_code,
                    code,
                    trigger,
                    method,
                    self.one_of((12, 6, 3, 1)),
                    self.one_of((30, 60, 1)) if trigger == "unpaid_days" else None,
                    "contract" if trigger == "payee_left" else scope,
                    self.start - timedelta(days=500),
                ),
            )

    # -- what is to be reached, and how much may be paid -----------------------------------

    def quotas(self) -> None:
        """A quota for every payee, measure and window; some ramps."""
        year = self.settings.fiscal_year_start_month
        for payee_id in self.payee_ids:
            for measure in sorted({measure for _, _, measure in self.components}):
                window_types = {
                    row.window_type
                    for row in self.tables.get("plan_components", ())
                    if row.measure == measure
                }
                if not window_types:
                    continue
                window_type = min(window_types, key=MONTHS.__getitem__)
                shorter = [name for name in MONTHS if MONTHS[name] <= MONTHS[window_type]]
                period_type = self.one_of((window_type, *shorter))
                day = window_of("year", add_months(self.start, -2), year).start
                last = window_of("year", add_months(self.settings.cutoff_on, 2), year).end
                while day <= last:
                    window = window_of(period_type, day, year)
                    amount = self.worth(
                        self.one_of(("30000", "30000", "10000", "12345.67")), self.plan_currency
                    )
                    self.add(
                        "quotas",
                        Quota(
                            payee_id,
                            measure,
                            period_type,
                            window.start,
                            amount,
                            self.plan_currency,
                        ),
                    )
                    day = window.end + timedelta(days=1)
                self.ramp(payee_id, measure)

    def ramp(self, payee_id: str, measure: str) -> None:
        """A stretch in which only a share of a quota counts, or nothing of it."""
        if self.has_free_windows and self.chance(0.7):
            months = self.one_of((3, 12))
            starts = add_months(self.start, self.random.randrange(12))
            self.add(
                "quota_ramps",
                QuotaRamp(
                    payee_id,
                    measure,
                    starts,
                    add_months(starts, months),
                    Decimal(0),
                    Decimal(self.one_of(("1", "0.5", "1.2"))),
                ),
            )
        elif self.chance(0.2):
            starts = self.one_of(self.past)
            self.add(
                "quota_ramps",
                QuotaRamp(
                    payee_id,
                    measure,
                    starts,
                    starts + timedelta(days=self.one_of((1, 45, 100))),
                    Decimal(self.one_of(("0.5", "0.333333"))),
                ),
            )

    def caps(self) -> None:
        """Caps of components, plans and payees, each over its own period."""
        starts = self.start - timedelta(days=500)

        def cap(scope: str, **columns) -> None:
            amount = self.worth(self.one_of(("2500", "1000.01", "100", "5000")), self.plan_currency)
            period_type = self.one_of(tuple(MONTHS))
            row = PayoutCap(
                scope, period_type, amount, self.plan_currency, valid_from=starts, **columns
            )
            self.add("payout_caps", row)

        for plan_code in self.plan_codes:
            if self.chance(0.15):
                cap("plan", plan_code=plan_code)
            for code, _, _ in self.components:
                rows = self.tables.get("plan_components", ())
                codes = {row.component_code for row in rows if row.plan_code == plan_code}
                if code in codes and self.chance(0.15):
                    cap("component", plan_code=plan_code, component_code=code)
        for payee_id in self.payee_ids:
            if self.chance(0.15):
                cap("payee", payee_id=payee_id)

    def extras(self) -> None:
        """Adjustments, draws, scores, pools and meetings."""
        year = self.settings.fiscal_year_start_month
        for code, kind, _ in self.components:
            if kind.name == "pool":
                pools(self, code)
        currency = {row.payee_id: row.pay_currency for row in self.tables["payees"]}
        for number, payee_id in enumerate(self.payee_ids):
            code, _, measure = self.one_of(self.components)
            payee = self.tables["payees"][number]
            there = [day for day in self.days if holds(payee.joined_on, payee.left_on, day)]
            if there and self.chance(0.2):
                is_counting = self.chance(0.4)
                self.add(
                    "pay_adjustments",
                    PayAdjustment(
                        f"adjustment_{self.key}_{number}",
                        payee_id,
                        code,
                        self.one_of(there),
                        self.worth(self.one_of(("500", "-123.45")), currency[payee_id]),
                        currency[payee_id],
                        approved_on=self.settings.cutoff_on,
                        measure=measure if is_counting else None,
                    ),
                )
            if self.chance(0.15) and not self.tables["payees"][number].left_on:
                is_recoverable = self.chance(0.7)
                draw_id = f"draw_{self.key}_{number}"
                starts = add_months(self.settings.cutoff_on.replace(day=1), -self.one_of((0, 1, 3)))
                self.add(
                    "draws",
                    Draw(
                        draw_id,
                        payee_id,
                        starts,
                        add_months(starts, self.one_of((1, 3, 6))),
                        self.worth(self.one_of(("1000", "80.5")), currency[payee_id]),
                        currency[payee_id],
                        is_recoverable,
                        Decimal(self.one_of(("1", "0.5", "0.333333"))) if is_recoverable else None,
                    ),
                )
                self.add("draw_components", DrawComponent(draw_id, code))
            for code, kind, measure in self.components:
                if kind.name == "kpi":
                    self.scores(payee_id, code, measure, year)
            if self.chance(0.3) and payee_id != f"p{self.key}_x":
                for place in range(self.one_of((1, 4))):
                    self.add(
                        "meetings",
                        Meeting(
                            self.named("meeting", f"{number} {place}"),
                            self.named("account", 0),
                            self.users[number],
                            self.one_of(self.known),
                        ),
                    )

    def scores(self, payee_id: str, code: str, measure: str, year: int) -> None:
        """A payee's scores of a measure, a row a window."""
        rows = [row for row in self.tables.get("plan_components", ()) if row.component_code == code]
        if not rows:
            return
        for day in sorted({window_of(rows[0].window_type, day, year).start for day in self.days}):
            if self.chance(0.7):
                score = Decimal(self.one_of(SCORES))
                self.add("scores", Score(payee_id, measure, rows[0].window_type, day, score))

    # -- history -----------------------------------------------------------------------

    def account(self, number: int) -> None:
        """An account with its team, deals, contracts, subscriptions and invoices."""
        account_id = self.named("account", number)
        billing_customer_id = self.billing_customer_id = self.named("billing", number)
        self.add("accounts", Account(account_id, self.maybe(0.9, (f"group {self.key}",))))
        email = f"{self.key}.{number}@example.com"
        self.add("billing_customers", BillingCustomer(billing_customer_id, account_id, email=email))
        self.owners(account_id, "owner")
        self.owners(account_id, "csm")
        currency = self.one_of((self.plan_currency,) * 3 + CURRENCIES)
        previous = None
        self.campaign_id = self.named("campaign", number) if self.is_valued else None
        if self.is_valued:
            old_business(self, number, account_id, billing_customer_id, currency)
        if self.is_rated:
            ratings(self, number, account_id, billing_customer_id)
        for place in range(self.one_of((1, 2, 3, 4))):
            key = f"{number} {place}"
            deal_currency = currency if self.chance(0.85) else self.one_of(CURRENCIES)
            previous = self.deal(key, account_id, billing_customer_id, deal_currency, previous)
        if self.chance(0.3):
            partners = [row.partner_id for row in self.tables.get("partners", ())]
            self.add(
                "referrals",
                Referral(
                    self.named("referral", number),
                    account_id,
                    self.one_of((*self.known, None)),
                    referrer_partner_id=self.one_of((*partners, None)),
                    opportunity_id=self.named("deal", f"{number} 0"),
                ),
            )

    def product_id(self) -> str:
        """A product, mostly one of which it is known what it leaves, where that matters."""
        some = PRODUCTS[:2] if self.is_valued and self.chance(0.95) else PRODUCTS
        return self.one_of(some).product_id

    def owners(self, account_id: str, role_code: str) -> None:
        """Who has a role on an account, one after another."""
        cuts = [self.start - timedelta(days=500)]
        if self.chance(0.3):
            cuts.append(self.one_of(self.past))
        for starts, ends in pairwise((*sorted(set(cuts)), None)):
            user_id = self.one_of(self.users)
            row_id = f"{account_id}|{role_code}|{user_id}|{starts}"
            row = AccountOwner(account_id, user_id, role_code, starts, ends, row_id)
            self.add("account_owners", row)

    def deal(
        self,
        key: str,
        account_id: str,
        billing_customer_id: str,
        currency: str,
        previous: str | None,
    ) -> str | None:
        """A deal with its splits, and mostly the contract that it became; that contract's id."""
        opportunity_id, contract_id = self.named("deal", key), self.named("contract", key)
        amount = self.worth(self.one_of(DEAL_AMOUNTS), currency)
        if self.chance(0.08):
            amount = -amount
        closed_on = self.one_of(self.known)
        has_contract = amount > 0 and self.chance(0.85)
        is_named = has_contract and self.chance(0.8)
        partners = [row.partner_id for row in self.tables.get("partners", ())]
        self.add(
            "opportunities",
            Deal(
                opportunity_id,
                account_id,
                closed_on,
                amount,
                currency,
                self.one_of(self.users),
                contract_id if is_named else None,
                self.one_of((*partners, None)),
                self.one_of(("new", "new", "expansion", "renewal", None)),
                self.one_of((12, 12, 6, 36, 7)),
                is_won=has_contract or self.chance(0.7),
                campaign_id=self.maybe(0.3, (self.campaign_id,)),
            ),
        )
        self.splits(key, opportunity_id)
        if not has_contract:
            return None
        starts = self.one_of((closed_on, closed_on + timedelta(days=self.one_of((5, 31, -3)))))
        months = self.one_of((12, 12, 6, 1, 36))
        items_end = None
        if digits_of(currency) and self.chance(0.6):
            items_end = self.subscription(key, contract_id, billing_customer_id, currency, starts)
        elif self.chance(0.3):
            items_end = self.one_of([day for day in self.known if day >= starts] or [None])
        self.add(
            "contracts",
            Contract(
                contract_id,
                add_months(starts, months),
                account_id=account_id,
                opportunity_id=opportunity_id,
                previous_contract_id=previous,
                signed_on=closed_on,
                service_start_on=starts,
                contract_months=months,
                amount=amount,
                currency=currency,
                status="terminated" if items_end else "activated",
                terminated_on=items_end,
            ),
        )
        self.bills(key, contract_id, billing_customer_id, amount, currency)
        for place in range(self.one_of((0, 0, 1, 2))):
            self.add(
                "deliveries",
                Delivery(
                    self.named("delivery", f"{key} {place}"),
                    contract_id,
                    self.one_of(self.known),
                    Decimal(self.one_of(("0.5", "0.333333", "0.25", "1" if not place else "0.5"))),
                ),
            )
        return contract_id

    def splits(self, key: str, opportunity_id: str) -> None:
        """A deal's revenue splits, which make 100 %, or none; at times overlays beside them."""
        percents = self.one_of([one for one in PERCENTS if len(one) <= len(self.users)])
        if self.chance(0.9):
            users = self.random.sample(self.users, len(percents))
            for place, (user_id, percent) in enumerate(zip(users, percents, strict=True)):
                self.add(
                    "opportunity_splits",
                    OpportunitySplit(
                        self.named("split", f"{key} {place}"),
                        opportunity_id,
                        user_id,
                        Decimal(percent),
                    ),
                )
        if self.chance(0.3):
            self.add(
                "opportunity_splits",
                OpportunitySplit(
                    self.named("split", f"{key} o"),
                    opportunity_id,
                    self.one_of(self.users),
                    Decimal(self.one_of(("1", "0.5", "0.333333"))),
                    "overlay",
                ),
            )

    def subscription(
        self, key: str, contract_id: str, billing_customer_id: str, currency: str, starts: date
    ) -> date | None:
        """The items that a contract bills; the day on which the last of them ends."""
        ends = []
        later = [day for day in self.days if day > starts]
        for place in range(self.one_of((1, 1, 2))):
            item_id = self.named("item", f"{key} {place}")
            count = min(len(later), self.one_of((0, 0, 1, 2)))
            cuts = sorted({starts, *self.random.sample(later, count)})
            is_ending = self.chance(0.4)
            last = cuts.pop() if is_ending and len(cuts) > 1 else None
            product_id = self.product_id()
            for index, (valid_from, valid_to) in enumerate(pairwise((*cuts, last))):
                self.add(
                    "subscription_items",
                    SubscriptionItem(
                        f"{item_id}:{index}",
                        item_id,
                        self.named("subscription", key),
                        billing_customer_id,
                        product_id,
                        valid_from,
                        valid_to,
                        unit_amount=Decimal(self.one_of(("1000", "99.99", "250", "33.333333"))),
                        currency=currency,
                        contract_id=contract_id,
                    ),
                )
            ends.append(last)
        return None if None in ends else max(ends)

    def bills(
        self,
        key: str,
        contract_id: str,
        billing_customer_id: str,
        amount: Decimal,
        currency: str,
    ) -> None:
        """A contract's invoices in parts, with what was paid, given back and credited."""
        parts = self.one_of((0, 1, 1, 2, 4))
        digits = digits_of(currency)
        for place in range(parts):
            net = rounded(amount / parts, digits)
            if not net:
                continue
            is_taxed = digits and self.chance(0.2)
            tax = rounded(net * Decimal("0.06"), digits) if is_taxed else Decimal(0)
            issued_on = self.one_of(self.known)
            invoice_id, line_id = (
                self.named(kind, f"{key} {place}") for kind in ("invoice", "line")
            )
            self.add(
                "invoices",
                Invoice(
                    invoice_id,
                    billing_customer_id,
                    issued_on,
                    issued_on + timedelta(days=self.one_of((0, 14, 30))),
                    net + tax,
                    tax,
                    currency,
                    "open",
                ),
            )
            line_kind = self.one_of(LINE_KINDS)
            line = InvoiceLine(
                line_id,
                None if line_kind == "one_off" else self.named("seat", f"{key} {place % 2}"),
                None,
                billing_customer_id,
                self.product_id(),
                issued_on,
                add_months(issued_on, self.one_of((1, 1, 12))),
                net,
                currency,
                line_kind,
                Decimal(self.one_of(UNIT_COUNTS)),
                contract_id=contract_id,
                invoice_id=invoice_id,
            )
            self.add("invoice_lines", line)
            if self.chance(0.1):
                # What is free is billed, too.
                free = line._replace(
                    invoice_line_id=f"{line_id} free",
                    quantity=Decimal(1000),
                    amount=self.money(0, currency),
                )
                self.add("invoice_lines", free)
            self.payments(f"{key} {place}", line_id, invoice_id, issued_on, net, currency)
            self.judge_invoice(line_id)

    def judge_invoice(self, line_id: str) -> None:
        """What is still open of the last invoice, by what was paid and credited; its status."""
        invoice = self.tables["invoices"][-1]
        net = invoice.total_amount - invoice.tax_amount
        paid = sum(
            row.amount
            for row in self.tables.get("payment_allocations", ())
            if row.invoice_line_id == line_id and row.refund_id is None
        )
        credited = sum(
            row.amount
            for row in self.tables.get("credit_notes", ())
            if row.invoice_id == invoice.invoice_id and not row.is_void
        )
        paid = rounded(paid * invoice.total_amount / net, digits_of(invoice.currency))
        left = max(Decimal(0), invoice.total_amount - paid - credited)
        unpaid = self.one_of(("open", "open", "uncollectible"))
        self.tables["invoices"][-1] = invoice._replace(
            status=unpaid if left else "paid", paid_amount=paid, remaining_amount=left
        )

    def payments(
        self,
        key: str,
        line_id: str,
        invoice_id: str,
        issued_on: date,
        net: Decimal,
        currency: str,
    ) -> None:
        """What is paid of an invoice line, in one or two parts, and what is given back of it."""
        digits = digits_of(currency)
        later = [day for day in self.known if day >= issued_on]
        shares = self.one_of(((), ("1",), ("1",), ("0.5", "0.5"), ("0.333333",)))
        for place, part in enumerate(shares):
            paid = rounded(net * Decimal(part), digits)
            if not paid:
                continue
            paid_on = self.one_of(later)
            payment_id = self.named("payment", f"{key} {place}")
            payment = Payment(
                payment_id, self.billing_customer_id, invoice_id, paid, paid_on, currency
            )
            self.add("payments", payment)
            self.add(
                "payment_allocations",
                PaymentAllocation(
                    f"{payment_id}||{line_id}", payment_id, line_id, paid, paid_on, currency
                ),
            )
            after = [day for day in later if day >= paid_on]
            for again in range(self.one_of((0, 0, 0, 0, 1, 2))):
                refund_id = self.named("refund", f"{key} {place} {again}")
                back = rounded(paid * Decimal(self.one_of(("0.5", "0.333333"))), digits)
                if not back:
                    continue
                self.add(
                    "payment_allocations",
                    PaymentAllocation(
                        f"{payment_id}|{refund_id}|{line_id}",
                        payment_id,
                        line_id,
                        -back,
                        self.one_of(after),
                        currency,
                        refund_id,
                    ),
                )
        if self.chance(0.15):
            # What is credited is paid no more.
            paid_on = [
                row.paid_on
                for row in self.tables.get("payment_allocations", ())
                if row.invoice_line_id == line_id
            ]
            self.add(
                "credit_notes",
                CreditNote(
                    self.named("note", key),
                    invoice_id,
                    rounded(net * Decimal(self.one_of(("0.5", "1"))), digits),
                    self.one_of([day for day in later if day >= max(paid_on, default=day)]),
                    currency,
                    self.chance(0.2),
                ),
            )


EVALUATIONS = ("per_event", "period_to_date")


def exchange_rates(settings: PaySettings) -> tuple[ExchangeRate, ...]:
    """Rates between all pairs: month by month with gaps, and budgets, of which some come late."""
    rows = []
    first = add_months(settings.cutoff_on.replace(day=1), -27)
    for source in CURRENCIES:
        for target in CURRENCIES:
            if source == target:
                continue
            base = (Decimal(WORTH[source]) / Decimal(WORTH[target])).quantize(Decimal("1E-6"))
            for rate_type in ("month", "budget"):
                rows.append(ExchangeRate(source, target, date(2015, 1, 1), base, rate_type))
            for place in range(34):
                month = add_months(first, place)
                drift = 1 + Decimal(place * 7 % 11) / 100
                value = (base * drift).quantize(Decimal("1E-6"))
                end = add_months(month, 1) - timedelta(days=1)
                if place % 5:
                    rows.append(ExchangeRate(source, target, end, value))
                if place % 4 == 0:
                    rows.append(ExchangeRate(source, target, month.replace(day=12), value * 2))
                if place % 3 == 0:
                    rows.append(
                        ExchangeRate(source, target, month, value + Decimal("0.01"), "budget")
                    )
    return tuple(rows)


def invented_world(random: Random) -> list[Component]:
    """The components that plans can have, with who is credited by them.

    Those that pay for the same events may count towards one measure.
    """
    has_common_measure = random.random() < 0.4
    return [
        Component(
            f"{kind.name}_{number}",
            kind,
            "measure_0"
            if has_common_measure and kind.event_types == ("booking",) and number < 3
            else f"measure_{number}",
            tuple(invented_credit_rules(random, f"{kind.name}_{number}", kind)),
            random.choice((1, 1, 2, 3)) if kind.name == "profit" else None,
        )
        for number, kind in enumerate(KINDS)
    ]


def invented_credit_rules(random: Random, code: str, kind: Kind) -> Iterator[CreditRule]:
    """Who is credited: revenue rules of a component always make 100 %."""
    product_line = None
    if kind.name in ("recurring", "net") and random.random() < 0.1:
        product_line = "platform"
    types: tuple[str | None, ...] = (None,)
    if kind.event_types == ("booking",) and random.random() < 0.2:
        types = random.choice((("new",), ("new", "expansion")))
    source = random.choice(kind.sources)
    is_override = kind.credit_kind == "override"
    is_shared = source == "account_owner_on_event_day" and random.random() < 0.3
    has_overlays = source == "opportunity_split" and random.random() < 0.4
    rule = CreditRule(
        code,
        "",
        source,
        kind.credit_kind,
        "csm" if source == "role_on_account" else None,
        Decimal(random.choice(("1", "0.5"))) if is_override else WHOLE,
        random.choice(("direct", "all")) if is_override else None,
        random.random() < 0.3 if is_override else None,
        product_line,
    )
    for event_type in kind.event_types:
        for opportunity_type in types:
            one = rule._replace(event_type=event_type, opportunity_type=opportunity_type)
            if is_shared:
                # Shared with customer success.
                yield one._replace(credit_percent=Decimal("0.6"))
                yield one._replace(
                    credit_source="role_on_account",
                    role_code="csm",
                    credit_percent=Decimal("0.4"),
                )
            else:
                yield one
            if has_overlays:
                yield one._replace(credit_kind="overlay")


def invented(
    number: int, key: str, settings: PaySettings, world: Sequence[Component] | None = None
) -> InventedCompany:
    """The company of a number, in a world of its own where none is given."""
    random = Random(number)
    world = world or invented_world(random)
    return InventedCompany(key, Inventor(random, key, settings, world).company())
