"""Survey answers, NPS, CSAT and CES a second time.

Here belongs who gave an answer, which answers count, and the measures by month and slice.
An answer of a customer that nobody knows counts as one of `unknown`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .known import Known, SurveyResponse, by_line
from .mrr import UNKNOWN, add_months, ratio


class Answer(NamedTuple):
    """A response to a question and the customer who gave it."""

    response: SurveyResponse
    customer_id: str

    @property
    def score(self) -> Decimal | None:
        """The score where there is one and it lies on the question's scale."""
        score, row = self.response.score, self.response
        if score is None or row.scale_min is None or row.scale_max is None:
            return None
        return score if row.scale_min <= score <= row.scale_max else None

    @property
    def nps_group(self) -> str | None:
        """promoter, passive or detractor."""
        if self.response.survey_type != "nps" or self.score is None:
            return None
        if self.score >= 9:
            return "promoter"
        return "passive" if self.score >= 7 else "detractor"

    @property
    def is_satisfied(self) -> bool:
        """Whether the score reaches what the scale calls satisfied."""
        return self.score is not None and self.score >= self.response.satisfied_from


class NpsMonth(NamedTuple):
    """One row of fct_nps_by_month."""

    slice: str
    slice_value: str
    month_start: date
    response_count: int
    known_respondent_count: int
    unknown_respondent_count: int
    scored_count: int
    promoter_count: int
    passive_count: int
    detractor_count: int
    nps: Decimal | None
    customer_heard_count: int
    active_customer_heard_count: int
    customer_count: int
    customers_heard_share: Decimal | None
    is_partial: bool


class SatisfactionMonth(NamedTuple):
    """One row of fct_csat_by_month or fct_ces_by_month, whose name the rate has."""

    slice: str
    slice_value: str
    month_start: date
    response_count: int
    known_respondent_count: int
    unknown_respondent_count: int
    scored_count: int
    satisfied_count: int
    satisfied_rate: Decimal | None
    mean_score: Decimal | None
    customer_heard_count: int
    active_customer_heard_count: int
    customer_count: int
    customers_heard_share: Decimal | None
    is_partial: bool


def answers(known: Known) -> list[Answer]:
    """All responses with their customers: by reference, else by e-mail, else unknown."""
    by_email = defaultdict(set)
    for row in known.inputs.billing_customers:
        if row.email is not None:
            customer_id = known.customers[row.billing_customer_id]
            by_email[row.email.strip().lower()].add(customer_id)

    def customer_of(row: SurveyResponse) -> str:
        found = known.customer_of_reference(row.customer_reference)
        emails = by_email.get((row.respondent_email or "").strip().lower(), {UNKNOWN})
        return found or min(emails)

    return [Answer(row, customer_of(row)) for row in known.company.survey_responses]


class NpsHistory:
    """The scored NPS answers of each customer, by the time they were given."""

    def __init__(self, found: Iterable[Answer]) -> None:
        self.given: dict[str, list[Answer]] = defaultdict(list)
        for answer in sorted(found, key=lambda row: row.response.survey_response_id):
            if answer.nps_group is not None and answer.response.responded_on is not None:
                self.given[answer.customer_id].append(answer)
        for given in self.given.values():
            given.sort(key=lambda row: row.response.responded_at)

    def latest_before(self, customer_id: str, day: date) -> Answer | None:
        """A customer's latest answer before a day; nobody knows what `unknown` thinks."""
        if customer_id == UNKNOWN:
            return None
        before = [row for row in self.given[customer_id] if row.response.responded_on < day]
        return before[-1] if before else None

    def told_before(
        self, customer_id: str, day: date
    ) -> tuple[Decimal | None, str | None, date | None]:
        """Score, group and day of that answer."""
        answer = self.latest_before(customer_id, day)
        if answer is None:
            return None, None, None
        return answer.score, answer.nps_group, answer.response.responded_on


def lines_asked(known: Known, customer_id: str, month_start: date) -> set[str]:
    """The product lines an answer speaks of: held at either end of its month."""
    lines = {
        *by_line(known, known.balance(customer_id, add_months(month_start, -1))),
        *by_line(known, known.balance(customer_id, month_start)),
    }
    return lines or {UNKNOWN}


class Group(NamedTuple):
    """The answers of one scale in one slice and month, and the customers who might have answered.

    In a product line those are the customers with MRR in that line.
    """

    answers: list[Answer]
    customers: set[str]

    @property
    def scored(self) -> list[Answer]:
        """The answers with a score."""
        return [row for row in self.answers if row.score is not None]

    def respondents(self) -> tuple[int, int, int]:
        """Responses: all, of known customers, and of nobody known."""
        unknown = sum(row.customer_id == UNKNOWN for row in self.answers)
        return len(self.answers), len(self.answers) - unknown, unknown

    def coverage(self) -> tuple[int, int, int, Decimal | None]:
        """Customers heard, those of them with MRR, all with MRR, and the share of them heard."""
        heard = {row.customer_id for row in self.scored} - {UNKNOWN}
        active, count = len(heard & self.customers), len(self.customers)
        return len(heard), active, count, ratio(Decimal(active), Decimal(count))


def groups_of(
    known: Known, found: Iterable[Answer], survey_type: str
) -> dict[tuple[str, str, date], Group]:
    """The dated answers of one scale, by slice and month.

    A month in which nobody was asked has no group; else each slice with a customer has one.
    """
    groups: dict[tuple[str, str, date], Group] = defaultdict(lambda: Group([], set()))
    for answer in found:
        day = answer.response.responded_on
        if answer.response.survey_type == survey_type and day is not None:
            month_start = day.replace(day=1)
            lines = lines_asked(known, answer.customer_id, month_start)
            for key in slices(known, answer.customer_id, lines):
                groups[*key, month_start].answers.append(answer)
    for month_start in {key[2] for key in groups}:
        for customer_id in known.customers_with_mrr(month_start):
            lines = set(by_line(known, known.balance(customer_id, month_start)))
            for key in slices(known, customer_id, lines):
                groups[*key, month_start].customers.add(customer_id)
    return groups


def slices(known: Known, customer_id: str, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The slices that a customer belongs to; several product lines overlap."""
    attributes = known.described_as(customer_id)
    yield "total", "all"
    for name in ("segment", "country", "owner"):
        yield name, attributes[name]
    for line in lines:
        yield "product_line", line


def nps(known: Known, found: Iterable[Answer]) -> list[NpsMonth]:
    """All rows of fct_nps_by_month."""
    rows = []
    for key, group in groups_of(known, found, "nps").items():
        counts = [
            sum(row.nps_group == name for row in group.scored)
            for name in ("promoter", "passive", "detractor")
        ]
        rows.append(
            NpsMonth(
                *key,
                *group.respondents(),
                len(group.scored),
                *counts,
                ratio(100 * Decimal(counts[0] - counts[2]), Decimal(len(group.scored))),
                *group.coverage(),
                known.months.is_partial(key[2]),
            )
        )
    return rows


def satisfaction(
    known: Known, found: Iterable[Answer], survey_type: str
) -> list[SatisfactionMonth]:
    """All rows of the mart of one scale of satisfaction."""
    rows = []
    for key, group in groups_of(known, found, survey_type).items():
        scored = group.scored
        satisfied = sum(row.is_satisfied for row in scored)
        points = sum((row.score for row in scored), Decimal(0))
        scales = {(row.response.scale_min, row.response.scale_max) for row in scored}
        rows.append(
            SatisfactionMonth(
                *key,
                *group.respondents(),
                len(scored),
                satisfied,
                ratio(Decimal(satisfied), Decimal(len(scored))),
                ratio(points, Decimal(len(scored))) if len(scales) == 1 else None,
                *group.coverage(),
                known.months.is_partial(key[2]),
            )
        )
    return rows
