"""Survey answers, NPS, CSAT and CES a second time.

Here belongs who gave an answer, which answers count, and the measures by month and slice.
An answer of a customer that nobody knows counts as one of `unknown`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .known import Known, SurveyResponse, by_line
from .mrr import EXACT, UNKNOWN, add_months, ratio

# The lowest score that counts as satisfied, by survey type: 4 of 5 and 5 of 7.
SATISFIED_FROM = {"csat": Decimal(4), "ces": Decimal(5)}


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


class NpsMonth(NamedTuple):
    """One row of fct_nps_by_month."""

    slice: str
    slice_value: str
    month_start: date
    response_count: int
    scored_count: int
    promoter_count: int
    passive_count: int
    detractor_count: int
    nps: Decimal | None
    customer_heard_count: int
    customer_count: int
    customers_heard_share: Decimal | None
    unknown_respondent_count: int
    is_partial: bool


class SatisfactionMonth(NamedTuple):
    """One row of fct_csat_by_month or fct_ces_by_month."""

    slice: str
    slice_value: str
    month_start: date
    response_count: int
    scored_count: int
    satisfied_count: int
    satisfied_rate: Decimal | None
    mean_score: Decimal | None
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


def lines_asked(known: Known, customer_id: str, month_start: date) -> set[str]:
    """The product lines an answer speaks of: held at either end of its month."""
    lines = {
        *by_line(known, known.balance(customer_id, add_months(month_start, -1))),
        *by_line(known, known.balance(customer_id, month_start)),
    }
    return lines or {UNKNOWN}


def slices_of_answer(known: Known, answer: Answer, month_start: date) -> Iterator[tuple[str, str]]:
    """The slices that an answer counts in; several product lines overlap."""
    attributes = known.described_as(answer.customer_id)
    yield "total", "all"
    for name in ("segment", "country", "owner"):
        yield name, attributes[name]
    for line in lines_asked(known, answer.customer_id, month_start):
        yield "product_line", line


def by_slice_and_month(
    known: Known, found: Sequence[Answer], survey_type: str
) -> dict[tuple[str, str, date], list[Answer]]:
    """The dated answers of one scale, by slice and month."""
    groups = defaultdict(list)
    for answer in found:
        day = answer.response.responded_on
        if answer.response.survey_type != survey_type or day is None:
            continue
        month_start = day.replace(day=1)
        for key in slices_of_answer(known, answer, month_start):
            groups[*key, month_start].append(answer)
    return groups


def customers_in(known: Known, key: tuple[str, str], month_start: date) -> int:
    """How many customers with MRR at the end of a month belong to a slice."""
    name, value = key
    with_mrr = known.customers_with_mrr(month_start)
    if name == "total":
        return len(with_mrr)
    if name == "product_line":
        held = (by_line(known, known.balance(row, month_start)) for row in with_mrr)
        return sum(value in lines for lines in held)
    return sum(known.described_as(row)[name] == value for row in with_mrr)


def nps(known: Known, found: Sequence[Answer]) -> list[NpsMonth]:
    """All rows of fct_nps_by_month."""
    rows = []
    for (*key, month_start), group in by_slice_and_month(known, found, "nps").items():
        scored = [answer for answer in group if answer.score is not None]
        counts = [
            sum(answer.nps_group == name for answer in scored)
            for name in ("promoter", "passive", "detractor")
        ]
        heard = len({answer.customer_id for answer in scored} - {UNKNOWN})
        customer_count = customers_in(known, tuple(key), month_start)
        rows.append(
            NpsMonth(
                *key,
                month_start,
                len(group),
                len(scored),
                *counts,
                ratio(100 * Decimal(counts[0] - counts[2]), Decimal(len(scored))),
                heard,
                customer_count,
                ratio(Decimal(heard), Decimal(customer_count)),
                sum(answer.customer_id == UNKNOWN for answer in group),
                known.months.is_partial(month_start),
            )
        )
    return rows


def satisfaction(
    known: Known, found: Sequence[Answer], survey_type: str
) -> list[SatisfactionMonth]:
    """All rows of the mart of one scale of satisfaction."""
    rows = []
    for (*key, month_start), group in by_slice_and_month(known, found, survey_type).items():
        scores = [answer.score for answer in group if answer.score is not None]
        satisfied = sum(score >= SATISFIED_FROM[survey_type] for score in scores)
        rows.append(
            SatisfactionMonth(
                *key,
                month_start,
                len(group),
                len(scores),
                satisfied,
                ratio(Decimal(satisfied), Decimal(len(scores))),
                ratio(EXACT.plus(sum(scores, Decimal(0))), Decimal(len(scores))),
                known.months.is_partial(month_start),
            )
        )
    return rows
