"""What is known of a company month by month, where sources are late, wrong and corrected.

Here belongs in which order rows arrive: later than they should, first with another amount, owner or
split, or for a while at all. What the rows mean is not decided here; in the end everything is known
as the inventor made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

from .periods import add_months
from .rows import Deal, OpportunitySplit, PayRows

# The day of a row; what has none, or began long ago, is known from the first month on.
DAYS: Mapping[str, Callable] = {
    "opportunities": lambda row: row.closed_on,
    "contracts": lambda row: row.signed_on or row.service_start_on,
    "subscription_items": lambda row: row.valid_from,
    "invoices": lambda row: row.issued_on,
    "payments": lambda row: row.paid_on,
    "payment_allocations": lambda row: row.paid_on,
    "credit_notes": lambda row: row.issued_on,
    "deliveries": lambda row: row.accepted_on,
    "meetings": lambda row: row.held_on,
    "referrals": lambda row: row.won_on,
    "pay_adjustments": lambda row: row.effective_on,
    "account_owners": lambda row: row.valid_from,
}


class Known(NamedTuple):
    """The rows of a company that are known in a month, and the keys of those that were deleted."""

    rows: PayRows
    deleted: Sequence[tuple[str, str]]


class Version(NamedTuple):
    """A row as it is known from a month on, until another."""

    row: NamedTuple
    first: int
    end: int | None = None


def known_by_month(rows: PayRows, months: Sequence[date], random: Random) -> list[Known]:
    """What is known in each month; in the last one all of it, and nothing else."""
    last = len(months) - 1
    users = sorted({row.user_id for row in rows.payees if row.user_id})
    versions = {name: [Version(row, 0) for row in getattr(rows, name)] for name in PayRows._fields}
    for name, day_of in DAYS.items():
        versions[name] = [
            Version(row, late(day_of(row), months, random)) for row in getattr(rows, name)
        ]
    deleted: list[tuple[str, str, int]] = []
    deals: list[Version] = []
    splits = {row.opportunity_id: [] for row in rows.opportunities}
    for row in rows.opportunity_splits:
        splits.setdefault(row.opportunity_id, []).append(row)
    found_splits: list[Version] = []
    for version in versions["opportunities"]:
        deal, first = version.row, version.first
        corrected = random.randint(first, last)
        if random.random() < 0.3 and corrected > first:
            deals += [
                Version(wrong(deal, users, random), first, corrected),
                Version(deal, corrected),
            ]
        else:
            deals.append(version)
        found_splits += split_versions(splits.pop(deal.opportunity_id), first, last, users, random)
        gone = random.randint(first, last)
        if random.random() < 0.15 and gone > first:
            phantom = deal._replace(opportunity_id=f"{deal.opportunity_id} twice")
            deals.append(Version(phantom, first, gone))
            deleted.append(("opportunities", phantom.opportunity_id, gone))
    found_splits += [Version(row, 0) for rows_of in splits.values() for row in rows_of]
    versions |= {"opportunities": deals, "opportunity_splits": found_splits}
    return [
        Known(
            PayRows(**{name: in_force(some, month) for name, some in versions.items()}),
            [(entity, key) for entity, key, gone in deleted if gone <= month],
        )
        for month in range(len(months))
    ]


def in_force(versions: Sequence[Version], month: int) -> list[NamedTuple]:
    """The rows as they are known in a month."""
    return [
        version.row
        for version in versions
        if version.first <= month and (version.end is None or month < version.end)
    ]


def late(day: date | None, months: Sequence[date], random: Random) -> int:
    """The month in which a row of a day arrives: its own, or up to the last."""
    last = len(months) - 1
    if day is None:
        return 0
    own = sum(1 for month in months if add_months(month, 1) <= day)
    return min(last, own + random.choice((0, 0, 0, 0, 1, 1, 2, 5)))


def wrong(deal: Deal, users: Sequence[str], random: Random) -> Deal:
    """A deal before it is corrected: of another amount, or of somebody else."""
    if users and random.random() < 0.5:
        return deal._replace(owner_user_id=random.choice(users))
    return deal._replace(amount=deal.amount * 2 + Decimal(1))


def split_versions(
    rows: Sequence[OpportunitySplit], first: int, last: int, users: Sequence[str], random: Random
) -> list[Version]:
    """A deal's splits: at once, or after somebody had all of it, or one after the other."""
    corrected = random.randint(first, last)
    if rows and users and random.random() < 0.3 and corrected > first:
        whole = rows[0]._replace(
            opportunity_split_id=f"{rows[0].opportunity_split_id} first",
            user_id=random.choice(users),
            split_percent=Decimal(1),
            split_kind="revenue",
        )
        return [Version(whole, first, corrected), *(Version(row, corrected) for row in rows)]
    if random.random() < 0.2:
        return [Version(row, random.randint(first, last)) for row in rows]
    return [Version(row, first) for row in rows]
