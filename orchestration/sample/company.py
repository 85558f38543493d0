"""The sample company itself: how it grows through the year, and who works there."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, sqrt
from random import Random

from .names import person
from .streams import between, salesforce_id, stream
from .times import DAY, FIRST_DAY, FULL_MONTHS, HOUR, INITIAL_LOAD, LAST_DAY, day_add_months

SEASON = (0.95, 0.7, 1.25, 0.9, 0.95, 1.25, 0.9, 0.72, 1.2, 0.9, 1.0, 1.3)  # January first
LAUNCH_BASE = 0.2  # Customers that the company brought along, as a share of a unit of size.
PARTIAL_MONTH_SHARE = 0.33


class Growth:
    """When customers come: a launch cohort, then 5 % net growth a month slowing to 2 %."""

    def __init__(self, months_after: int = 0) -> None:
        weights, active = [LAUNCH_BASE], LAUNCH_BASE
        for month in range(1, FULL_MONTHS + 1 + months_after):
            net = 0.02 + 0.03 * max(0, FULL_MONTHS - month) / FULL_MONTHS
            added = active * (net + 0.02) * SEASON[(month + 3) % 12]
            active += added - active * 0.02
            weights.append(added)
        if not months_after:
            weights[-1] *= PARTIAL_MONTH_SHARE
        self._ends = [0.0, *accumulate(weights)]
        self._last_day = None if months_after else LAST_DAY - 1

    def share(self, month: int) -> float:
        """Return the share (0 to 1) of all customers that come in a month, counted from 0."""
        return (self._ends[month + 1] - self._ends[month]) / self._ends[-1]

    def day(self, share: float) -> int:
        """Return the day by which `share` (0 to 1) of all customers have come."""
        point = share * self._ends[-1]
        month = min(bisect_right(self._ends, point), len(self._ends) - 1) - 1
        part = (point - self._ends[month]) / (self._ends[month + 1] - self._ends[month])
        if month % 3 == 2:  # Quarters end in June, September, December and March.
            part **= 0.55
        first = day_add_months(FIRST_DAY, month)
        following = day_add_months(FIRST_DAY, month + 1)
        if self._last_day is not None:
            following = min(following, self._last_day)
        return first + int(part * (following - first))


@dataclass(frozen=True, slots=True)
class Employee:
    """A person with a CRM login; `hired` and `left` are seconds UTC."""

    id: str
    name: str
    email: str
    title: str
    role: str
    manager_id: str | None
    hired: int
    left: int | None


class Staff:
    """The sales organisation: a head, managers, executives, success managers and engineers."""

    def __init__(self, seed: int, scale: float) -> None:
        rep_count = max(4, round(30 * sqrt(scale)))
        success_count = max(1, rep_count // 4)
        manager_count = max(1, ceil(rep_count / 7))
        self._seed = seed
        self._number = 0
        self.head = self._employ("Head of Sales", "Sales Leadership", None)
        managers = [
            self._employ("Sales Manager", f"Sales Team {number + 1}", self.head.id)
            for number in range(manager_count)
        ]
        self.executives = [
            self._employ(
                "Senior Account Executive" if number % 3 == 0 else "Account Executive",
                f"Sales Team {number % manager_count + 1}",
                managers[number % manager_count].id,
                is_late=number >= 3 and number % 5 in (3, 4),
                is_leaving=number % 7 == 2,
            )
            for number in range(rep_count)
        ]
        self.success = [
            self._employ(
                "Customer Success Manager",
                "Customer Success",
                managers[number % manager_count].id,
            )
            for number in range(success_count)
        ]
        self.engineers = [
            self._employ("Sales Engineer", "Sales Engineering", self.head.id)
            for _ in range(max(1, rep_count // 8))
        ]
        self.managers = managers
        self.employees = [
            self.head,
            *managers,
            *self.executives,
            *self.success,
            *self.engineers,
        ]

    def _employ(
        self,
        title: str,
        role: str,
        manager_id: str | None,
        is_late: bool = False,
        is_leaving: bool = False,
    ) -> Employee:
        number = self._number
        self._number += 1
        rng = stream(self._seed, "employee", number)
        first, last = person(rng)
        hired = INITIAL_LOAD - between(rng, 200, 2_000) * DAY
        if is_late:
            hired = INITIAL_LOAD + between(rng, 60, 800) * DAY
        left = hired + between(rng, 500, 900) * DAY if is_leaving else None
        if left is not None:
            left = max(left, INITIAL_LOAD + between(rng, 120, 900) * DAY)
        return Employee(
            salesforce_id("005", number),
            f"{first} {last}",
            f"{first}.{last}{number}@quotamart.example".lower(),
            title,
            role,
            manager_id,
            hired,
            left,
        )

    def owners(self, rng: Random, since: int, until: int) -> list[tuple[int, Employee]]:
        """Return who owns an account from when: handed on when the owner leaves, rarely before."""
        found = [(since, self.available(rng, since))]
        while True:
            start, owner = found[-1]
            moved = start + HOUR + int(rng.expovariate(1 / (12 * 365))) * DAY
            if owner.left is not None:
                moved = min(moved, max(owner.left, start + HOUR))
            if moved >= until:
                return found
            found.append((moved, self.available(rng, moved)))

    def available(self, rng: Random, when: int) -> Employee:
        """Return one of the account executives who are there at that second."""
        present = [
            rep
            for rep in self.executives
            if rep.hired <= max(when, INITIAL_LOAD) and (rep.left is None or when < rep.left)
        ]
        return present[int(rng.random() * len(present))]
