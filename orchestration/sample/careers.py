"""What becomes of the company's people: promotions, moves between teams and leave.

Joining and leaving are the company's; here is what happens in between, by day.
"""

from dataclasses import dataclass, replace

from .company import Employee, Staff
from .streams import between, stream
from .times import INITIAL_LOAD, LAST_DAY, business_day, day_add_months, day_number

FIRST_MOVES = day_number(2024, 1, 1)
SENIOR = "Senior Account Executive"
SETTLED_MONTHS = 6  # Before anything changes for somebody who joined.


@dataclass(frozen=True, slots=True)
class Stage:
    """What somebody is from a day on, until the next stage or until leaving."""

    since: int
    title: str
    role: str
    manager_id: str | None
    is_on_leave: bool = False


def career(seed: int, staff: Staff, employee: Employee) -> list[Stage]:
    """Return the stages of somebody's career, the first on the day of joining."""
    stages = [
        Stage(business_day(employee.hired), employee.title, employee.role, employee.manager_id)
    ]
    place = staff.employees.index(employee)
    rng = stream(seed, "career", place)
    changes: list[tuple[int, dict[str, object]]] = []
    if employee in staff.executives:
        number = staff.executives.index(employee)
        if number % 4 == 1 and employee.title != SENIOR:
            changes.append((_month_start(rng.random()), {"title": SENIOR}))
        if number % 4 == 3 and len(staff.managers) > 1:
            others = [boss for boss in staff.managers if boss.id != employee.manager_id]
            boss = others[between(rng, 0, len(others))]
            moved = {"role": boss.role, "manager_id": boss.id}
            changes.append((_month_start(rng.random()), moved))
    if place % 4 == 2 and employee is not staff.head:
        begin = FIRST_MOVES + between(rng, 0, LAST_DAY - FIRST_MOVES - 100)
        if employee.left is not None:
            begin = min(begin, business_day(employee.left) - 150)
        back = begin + between(rng, 30, 80)
        changes += [(begin, {"is_on_leave": True}), (back, {"is_on_leave": False})]
    settled = day_add_months(max(stages[0].since, business_day(INITIAL_LOAD)), SETTLED_MONTHS)
    gone = LAST_DAY if employee.left is None else business_day(employee.left)
    known = [change for change in changes if settled < change[0] < gone]
    if len(known) < len(changes):  # Nobody comes back from a leave that did not begin.
        known = [change for change in known if "is_on_leave" not in change[1]]
    for day, changed in sorted(known, key=lambda change: change[0]):
        before = stages[-1]
        stage = replace(before, since=day, **changed)
        stages[-1 if before.since == day else len(stages) :] = [stage]
    return stages


def _month_start(point: float) -> int:
    """Return the first day of a month in which people move."""
    months = (LAST_DAY - FIRST_MOVES) // 31
    return day_add_months(FIRST_MOVES, int(point * months))
