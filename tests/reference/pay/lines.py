"""The steps of a line: gross, cliff, floor, caps, retained, released.

Here belongs the order of steps of incentives.md section 6, up to what a line entitles to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .attainment import Attainment, Totals
from .clawback import Clawbacks
from .conversion import digits_of
from .credits import PlanCredit
from .modes import TIERED, Basis, Slice, Stretch, curve, fixed, per_unit
from .money import NOTHING, fitted, largest_remainder, product, rounded, share
from .periods import Window, holds, month_of, window_of
from .quotas import Quotas
from .release import Releases
from .rows import PayoutCap, PaySettings
from .rules import Rules, Terms
from .special import mean_rating


class LineSlice(NamedTuple):
    """The part of a line that one tier pays, in whole minor units."""

    tier_from: Decimal | None
    tier_to: Decimal | None
    credit_amount: Decimal
    rate: Decimal | None
    amount: Decimal


class Line(NamedTuple):
    """What a payee gets by a component for an event or a window, step by step.

    Amounts are in the plan's currency; `kept` and `released` are the exact shares.
    """

    payee_id: str
    component_code: str
    basis_key: str
    occurred_on: date
    terms: Terms
    gross_amount: Decimal
    after_cliff_amount: Decimal
    credit: PlanCredit | None = None
    slices: tuple[LineSlice, ...] = ()
    quota_amount: Decimal | None = None
    credit_before: Decimal | None = None
    credit_to_date: Decimal | None = None
    reached: Decimal | None = None
    after_cap_amount: Decimal = NOTHING
    after_plan_cap_amount: Decimal = NOTHING
    capped_amount: Decimal = NOTHING
    kept_amount: Decimal = NOTHING
    retained_amount: Decimal = NOTHING
    released_amount: Decimal = NOTHING
    kept: Fraction = Fraction(1)
    released: Fraction = Fraction(1)
    rate_day: date | None = None

    @property
    def order(self) -> tuple[date, bytes, str]:
        """Order in which caps are filled."""
        return self.occurred_on, self.basis_key.encode(), self.component_code

    @property
    def earning_period_start(self) -> date:
        """The month to which the line belongs."""
        return month_of(self.occurred_on)

    @property
    def digits(self) -> int:
        """Digits of the plan currency's minor unit."""
        return digits_of(self.terms.plan.currency)

    @property
    def as_lost(self) -> Line:
        """The line of the same event with the opposite sign."""
        slices = tuple(
            piece._replace(credit_amount=-piece.credit_amount, amount=-piece.amount)
            for piece in self.slices
        )
        return self._replace(
            gross_amount=-self.gross_amount,
            after_cliff_amount=-self.after_cliff_amount,
            slices=slices,
        )


class Place(NamedTuple):
    """Where a credit stands in its window, or an event by itself."""

    basis: Basis
    stretch: Stretch
    reached: Fraction
    units: tuple[Fraction, Fraction]
    weight: Fraction
    answer_count: int | None = None


class Lines:
    """Computes the lines of a company."""

    def __init__(
        self,
        rules: Rules,
        quotas: Quotas,
        attainment: Attainment,
        clawbacks: Clawbacks,
        releases: Releases,
        settings: PaySettings,
    ) -> None:
        """Take what the steps look at."""
        self.rules, self.quotas, self.attainment = rules, quotas, attainment
        self.clawbacks, self.releases, self.settings = clawbacks, releases, settings

    def lines(self, plan_credits: Sequence[PlanCredit]) -> list[Line]:
        """All lines, in the order in which caps are filled.

        What happened before the first period of the ledger counts for attainment, never for pay.
        """
        first = self.settings.ledger_first_period
        paid = [
            credit for credit in plan_credits if first is None or credit.event.occurred_on >= first
        ]
        keys = {credit.event.event_key for credit in paid}
        own = [self.after_cliff(credit) for credit in paid if credit.event.reverses not in keys]
        own += self.floors(own)
        own = [self.with_shares(line) for line in own]
        reversals = [credit for credit in paid if credit.event.reverses in keys]
        own.sort(key=lambda line: line.order)
        capped = self.retained_and_released(self.capped(own, reversed_shares(own, reversals)))
        return sorted([*capped, *self.reversed(reversals, capped)], key=lambda line: line.order)

    # -- gross and cliff ---------------------------------------------------------------

    def after_cliff(self, credit: PlanCredit) -> Line:
        """An event's line after steps 4 and 5.

        Below the cliff at the cutoff the window pays 0; once it is reached, from the first unit
        or from the threshold. A negative event that is looked up by itself takes back what the
        same event won would have been paid.
        """
        component = credit.terms.component
        window, totals = self.attainment.totals_for(credit)
        if component.evaluation == "per_event" and credit.event_amount < 0:
            won = self.after_cliff(credit.as_won)
            return won.as_lost._replace(credit=credit)
        place = self.place(credit, window, totals)
        cap = place.basis.bound(component.attainment_cap)
        slices = self.slices(credit, place, None, cap)
        digits = digits_of(credit.terms.plan.currency)
        gross = rounded(sum((piece.amount for piece in slices), Fraction(0)), digits)
        after = gross
        cliff = place.basis.bound(component.cliff_from)
        if not self.is_reached(credit, place, cliff):
            after = NOTHING
        elif cliff is not None and component.cliff_mode == "threshold":
            above = self.slices(credit, place, cliff, cap)
            after = rounded(sum((piece.amount for piece in above), Fraction(0)), digits)
        before = totals.before[credit.event.event_key]
        return Line(
            credit.payee_id,
            credit.component_code,
            basis_key(credit, window),
            credit.event.occurred_on,
            credit.terms,
            gross,
            after,
            credit,
            line_slices(slices, gross, digits),
            place.basis.quota.amount if place.basis.quota else None,
            before,
            before + totals.counted[credit.event.event_key],
            totals.at_cutoff,
            rate_day=credit.event.day,
        )

    def place(self, credit: PlanCredit, window: Window, totals: Totals) -> Place:
        """Where a credit stands.

        `period_to_date`: from the running total of its window before it; what is reached is the
        window's total at the cutoff. `per_event`: from 0 to the whole event before splits.
        """
        component, event = credit.terms.component, credit.event
        is_per_event = component.evaluation == "per_event"
        name = component.tier_basis or "attainment"
        needs_quota = name == "attainment" and is_tiered(credit.terms)
        quota = (
            self.quotas.quota(credit.payee_id, component.measure, window) if needs_quota else None
        )
        basis = Basis(name, quota)
        before = Fraction(totals.before[event.event_key])
        units_before = totals.units_before[event.event_key]
        if is_per_event:
            before, units_before = Fraction(0), Fraction(0)
        units_after = units_before + Fraction(event.unit_count)
        whole = Fraction(credit.event_amount if is_per_event else credit.amount)
        after, reached = before + whole, Fraction(totals.at_cutoff)
        if name == "units":
            before, after, reached = units_before, units_after, totals.units_at_cutoff
        elif name == "acv":
            before, after = Fraction(0), Fraction(self.acv(credit))
        if is_per_event or name == "acv":
            reached = after
        answer_count = None
        if basis.is_guaranteed:
            before = after = reached = Fraction(quota.guaranteed_attainment or 0)
        elif name == "score":
            score, answer_count = self.score(credit, window)
            before = after = reached = score
        return Place(
            basis,
            Stretch(before, after, Fraction(credit.amount)),
            reached,
            (units_before, units_after),
            share(credit.amount, whole) if name != "units" and whole else credit.percent,
            answer_count,
        )

    def acv(self, credit: PlanCredit) -> Decimal:
        """The annual contract value of the event's contract or deal, in plan currency."""
        return annual_value(self.clawbacks.records, credit)

    def score(self, credit: PlanCredit, window: Window) -> tuple[Fraction, int | None]:
        """A payee's score of a window, from the seed; where units are rated the mean of the
        answers that it was given by the cutoff, and how many there are.
        """
        component = credit.terms.component
        if component.mode == "per_unit":
            ratings = self.attainment.ratings(credit.payee_id, component.measure, window)
            return mean_rating(ratings) or Fraction(0), len(ratings)
        key = (credit.payee_id, component.measure, window.type, window.start)
        rows = self.rules.scores.get(key, ())
        return (Fraction(rows[0].score) if rows else Fraction(0)), None

    def is_reached(self, credit: PlanCredit, place: Place, cliff: Fraction | None) -> bool:
        """Whether a window, or an event by itself, reached what it has to for any pay.

        A mean rating needs so many answers, at least one.
        """
        needed = credit.terms.component.answer_count_from or 1
        if place.answer_count is not None and place.answer_count < needed:
            return False
        return cliff is None or place.reached >= cliff

    def slices(
        self, credit: PlanCredit, place: Place, lowest: Fraction | None, highest: Fraction | None
    ) -> list[Slice]:
        """What the part of a credit between two limits is paid, by tier."""
        component, tiers = credit.terms.component, credit.terms.tiers
        if component.mode == "fixed":
            is_paid = lowest is None or place.stretch.after >= lowest
            amount = fixed(component, credit.percent, credit.event_amount < 0)
            return [Slice(None, Fraction(credit.amount), None, amount)] if is_paid else []
        if component.mode == "per_unit":
            before, after = place.units
            if lowest is not None and place.basis.name == "units":
                before, after = max(before, lowest), max(after, lowest)
            amount = per_unit(component, before, after, credit.percent)
            return [Slice(None, Fraction(credit.amount), None, amount)]
        if highest is not None and place.reached > highest:
            place = place._replace(reached=highest)
        stretch = place.stretch
        is_point = place.basis.is_guaranteed or place.basis.name == "score"
        if not is_point:
            stretch = stretch.within(lowest, highest)
        ladder = place.basis.ladder(tiers, place.reached)
        if component.mode == "interpolated":
            if is_point:
                amount = curve(ladder, place.reached) * credit.percent
                tier = tiers[ladder.place_of(place.reached)]
                return [Slice(tier, stretch.credit, None, amount)]
            pieces = TIERED["interpolated"](component, stretch, ladder)
            return [piece._replace(amount=piece.amount * place.weight) for piece in pieces]
        return TIERED[component.mode](component, stretch, ladder)

    # -- floor -------------------------------------------------------------------------

    def floors(self, lines: Sequence[Line]) -> list[Line]:
        """One line of a window at its end, of what its lines lack of the floor.

        For everybody whose plan has the component on the window's last day, once that day is
        not after the cutoff; also where nothing was credited.
        """
        sums: dict[tuple[str, str, Window], Decimal] = defaultdict(lambda: NOTHING)
        year = self.settings.fiscal_year_start_month
        for line in lines:
            window = window_of(line.terms.component.window_type, line.occurred_on, year)
            sums[line.payee_id, line.component_code, window] += line.after_cliff_amount
        found = []
        for payee_id in self.rules.payees:
            for terms, window in self.windows_with_floor(payee_id):
                component = terms.component
                paid = sums[payee_id, component.component_code, window]
                lacking = max(NOTHING, component.floor_amount - paid)
                if lacking:
                    found.append(
                        Line(
                            payee_id,
                            component.component_code,
                            f"window:{window.start}",
                            window.end,
                            terms,
                            lacking,
                            lacking,
                        )
                    )
        return found

    def windows_with_floor(self, payee_id: str) -> Iterable[tuple[Terms, Window]]:
        """The windows up to the cutoff on whose last day a payee's plan has a floor."""
        assignments = self.rules.assignments.get((payee_id,), ())
        if not assignments:
            return
        year = self.settings.fiscal_year_start_month
        day = min(row.valid_from for row in assignments)
        first = self.settings.ledger_first_period
        while day <= self.settings.cutoff_on:
            end = window_of("month", day, year).end
            if end <= self.settings.cutoff_on and (first is None or end >= first):
                for terms in self.rules.components_on(payee_id, end):
                    window = window_of(terms.component.window_type, end, year)
                    if terms.component.floor_amount is not None and window.end == end:
                        yield terms, window
            day = date.fromordinal(end.toordinal() + 1)

    # -- caps --------------------------------------------------------------------------

    def with_shares(self, line: Line) -> Line:
        """A line with the exact shares of it that are retained and released.

        A floor is due to no event: nothing takes it back, and it waits for days only.
        """
        if line.credit is None:
            component = line.terms.component
            wait = component.release_days or 0 if component.release_on == "days" else 0
            is_due = line.occurred_on + timedelta(days=wait) <= self.settings.cutoff_on
            return line._replace(released=Fraction(is_due))
        event, terms = line.credit.event.as_sold, line.terms
        return line._replace(
            kept=self.clawbacks.retained(event, line.payee_id, terms).share,
            released=self.releases.released(event, terms.component),
        )

    def capped(self, lines: Sequence[Line], reversed_shares: Mapping[str, Fraction]) -> list[Line]:
        """Lines after the caps of component, plan and payee, each over its own period.

        What was clawed back or reversed of a component with `cap_refundable` uses no room; what
        the line would have been paid is still shown, and `kept_amount` is what is left of it.
        """
        filled: dict[tuple, Decimal] = defaultdict(lambda: NOTHING)
        found = []
        for line in lines:
            amount = kept = used = line.after_cliff_amount
            if line.terms.component.is_cap_refundable:
                left = 1 - reversed_shares.get(line.basis_key, Fraction(0))
                kept = rounded(product(amount, line.kept), line.digits)
                used = rounded(product(amount, line.kept, left), line.digits)
            steps = []
            for scope in ("component", "plan", "payee"):
                cap = self.cap(scope, line)
                if cap is not None:
                    year = self.settings.fiscal_year_start_month
                    window = window_of(cap.period_type, line.occurred_on, year)
                    key = (scope, line.payee_id, cap.plan_code, cap.component_code, window)
                    before = filled[key]
                    filled[key] = before + used
                    amount, kept, used = (
                        under_cap(cap.amount, before, part) for part in (amount, kept, used)
                    )
                steps.append(amount)
            found.append(
                line._replace(
                    after_cap_amount=steps[0],
                    after_plan_cap_amount=steps[1],
                    capped_amount=steps[2],
                    kept_amount=kept,
                )
            )
        return found

    def cap(self, scope: str, line: Line) -> PayoutCap | None:
        """The cap of a scope that holds for a line on its day."""
        concerned = {
            "component": {
                "plan_code": line.terms.plan.plan_code,
                "component_code": line.component_code,
            },
            "plan": {"plan_code": line.terms.plan.plan_code},
            "payee": {"payee_id": line.payee_id},
        }[scope]
        for row in self.rules.rows.payout_caps:
            if (
                row.cap_scope == scope
                and all(getattr(row, column) == value for column, value in concerned.items())
                and holds(row.valid_from, row.valid_to, line.occurred_on)
            ):
                return row
        return None

    # -- retained, released, reversed ----------------------------------------------------

    def retained_and_released(self, lines: Iterable[Line]) -> list[Line]:
        """Lines with what of them is retained and released: each one division from the line.

        With `cap_refundable` what was clawed back has already left before the caps.
        """
        found = []
        for line in lines:
            whole, kept = line.capped_amount, line.kept
            if line.terms.component.is_cap_refundable:
                whole, kept = line.kept_amount, Fraction(1)
            found.append(
                line._replace(
                    retained_amount=rounded(product(whole, kept), line.digits),
                    released_amount=rounded(product(whole, kept, line.released), line.digits),
                )
            )
        return found

    def reversed(self, credits: Iterable[PlanCredit], lines: Sequence[Line]) -> list[Line]:
        """Lines of events that take back others: those events' lines, in proportion.

        Never looked up in tiers; cumulative over several reversals, so that together they take
        back exactly what the event paid, and no more.
        """
        origins: Mapping[tuple[str, str, str], Line] = {
            (line.payee_id, line.component_code, line.credit.event.event_key): line
            for line in lines
            if line.credit is not None
        }
        so_far: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: NOTHING)
        found = []
        for credit in sorted(credits, key=lambda credit: credit.event.occurred_on):
            key = (credit.payee_id, credit.component_code, credit.event.reverses)
            origin = origins[key]
            whole = origin.credit.event.amount
            before = share(so_far[key], whole)
            so_far[key] += credit.event.amount
            after = share(so_far[key], whole)
            first, last = (taken(origin, -held(-point)) for point in (before, after))
            gross = last.gross_amount - first.gross_amount
            found.append(
                origin._replace(
                    basis_key=credit.event.event_key,
                    occurred_on=credit.event.occurred_on,
                    rate_day=origin.rate_day or origin.occurred_on,
                    credit=credit,
                    slices=tuple(
                        piece._replace(
                            credit_amount=piece.credit_amount - earlier.credit_amount,
                            amount=amount,
                        )
                        for piece, earlier, amount in zip(
                            last.slices,
                            first.slices,
                            in_proportion(gross, origin.slices, origin.digits),
                            strict=True,
                        )
                    ),
                    **{name: getattr(last, name) - getattr(first, name) for name in AMOUNTS},
                )
            )
        return found


def reversed_shares(lines: Iterable[Line], reversals: Iterable[PlanCredit]) -> dict[str, Fraction]:
    """Of each event that others take back, the share that is taken back by the cutoff."""
    amounts = {credit.event.event_key: credit.event for credit in reversals}
    claimed: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for event in amounts.values():
        claimed[event.reverses] -= event.amount
    return {
        line.basis_key: held(share(claimed[line.basis_key], line.credit.event.amount))
        for line in lines
        if line.basis_key in claimed and line.credit.event.amount
    }


def held(part: Fraction) -> Fraction:
    """A share within nothing and all."""
    return min(max(part, Fraction(0)), Fraction(1))


def under_cap(cap: Decimal, before: Decimal, amount: Decimal) -> Decimal:
    """What an amount adds to a total that may not exceed a cap."""
    return min(cap, before + amount) - min(cap, before)


def taken(line: Line, part: Fraction) -> Line:
    """A line of which only a part is there; its slices sum to it."""
    amounts = {name: rounded(product(getattr(line, name), part), line.digits) for name in AMOUNTS}
    credits = [product(piece.credit_amount, part) for piece in line.slices]
    parts = fitted(
        [product(piece.amount, part) for piece in line.slices],
        amounts["gross_amount"],
        line.digits,
    )
    parts_of_credit = fitted(credits, rounded(sum(credits, Fraction(0))))
    slices = tuple(
        piece._replace(credit_amount=credit, amount=amount)
        for piece, credit, amount in zip(line.slices, parts_of_credit, parts, strict=True)
    )
    return line._replace(slices=slices, **amounts)


def in_proportion(amount: Decimal, slices: Sequence[LineSlice], digits: int) -> Sequence[Decimal]:
    """What a reversal takes of each slice of what it reverses."""
    weights = {place: abs(piece.amount) for place, piece in enumerate(slices)}
    return list(largest_remainder(amount, weights, digits).values())


AMOUNTS = (
    "gross_amount",
    "after_cliff_amount",
    "after_cap_amount",
    "after_plan_cap_amount",
    "capped_amount",
    "retained_amount",
    "released_amount",
)


def is_tiered(terms: Terms) -> bool:
    """Whether a version of a component looks at attainment at all."""
    component = terms.component
    return (
        bool(terms.tiers)
        or component.cliff_from is not None
        or component.attainment_cap is not None
    )


def basis_key(credit: PlanCredit, window: Window) -> str:
    """What a line is for: its event, or its window where no event but a period causes it."""
    is_of_window = credit.event.event_type in ("score", "pool")
    return f"window:{window.start}" if is_of_window else credit.event.event_key


def annual_value(records, credit: PlanCredit) -> Decimal:
    """Contract value / contract months x 12 of an event, in plan currency."""
    deal = records.deals.get(credit.event.opportunity_id)
    months = deal.contract_months if deal else None
    if not months:
        return credit.event_amount
    return rounded(
        Fraction(credit.event_amount) * 12 / months, digits_of(credit.terms.plan.currency)
    )


def line_slices(slices: Sequence[Slice], gross: Decimal, digits: int) -> tuple[LineSlice, ...]:
    """Slices in whole minor units that sum to the line, and their credits in cents."""
    amounts = fitted([piece.amount for piece in slices], gross, digits)
    credits = fitted(
        [piece.credit for piece in slices],
        rounded(sum((piece.credit for piece in slices), Fraction(0))),
    )
    return tuple(
        LineSlice(
            piece.tier.tier_from if piece.tier else None,
            piece.tier.tier_to if piece.tier else None,
            credit,
            None if piece.rate is None else Decimal(piece.rate.numerator) / piece.rate.denominator,
            amount,
        )
        for piece, credit, amount in zip(slices, credits, amounts, strict=True)
    )
