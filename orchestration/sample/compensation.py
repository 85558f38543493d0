"""The sample's people as finance's rules of pay know them: the seeds of payees and their targets.

Plans, components, rates and rules of credit are written by hand; here are only the rows that
differ with the people, and so with scale and seed. Names are kept apart from the seeds.
"""

import csv
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from pathlib import Path

from orchestration.files import written_whole

from .careers import SENIOR, Stage, career
from .company import Employee, Staff
from .partners import Partner, partners
from .streams import between, stream
from .times import LAST_DAY, LAST_SYNC, business_day, day_add_months, day_number

FIRST_PAY_DAY = day_number(2023, 1, 1)  # Nobody is paid by these plans before.
FIRST_SCORED_DAY = day_number(2025, 1, 1)
QUARTERS = 16  # Fiscal years 2023 to 2026.
CURRENCY = "CNY"  # Of every plan.
PLANS = {  # By job title: plan and role.
    "Head of Sales": ("sales_manager", "sales_manager"),
    "Sales Manager": ("sales_manager", "sales_manager"),
    SENIOR: ("senior_account_executive", "senior_account_executive"),
    "Account Executive": ("account_executive", "account_executive"),
    "Customer Success Manager": ("customer_success", "customer_success_manager"),
    "Sales Engineer": ("account_executive", "sales_engineer"),
}
MEASURES = {  # By plan: what its quota is of.
    "account_executive": "new_business",
    "senior_account_executive": "new_business",
    "sales_manager": "team_new_business",
    "customer_success": "expansion",
}
QUOTA = {  # A quarter in the first year at scale 0.1, in CNY; monthly recurring for expansion.
    "account_executive": 450_000,
    "senior_account_executive": 700_000,
    "customer_success": 15_000,
}
QUOTA_GROWTH = 1.02  # A quarter.
TEAM_SHARE = 0.9  # Of what its people are to bring: what a manager answers for.
PAY_CURRENCIES = ("CNY", "CNY", "CNY", "EUR", "CNY", "CNY", "USD")
DRAW = {"CNY": "8000.00", "EUR": "1000.00", "USD": "1100.00"}  # A month.
DRAWN_COMPONENTS = ("new_business_commission", "signing_bonus")
QUIET_MONTH = day_number(2026, 1, 1)  # Quotas were raised, and little is signed.
NEW_TERRITORY_COUNT = 2  # How many executives begin one then, and wait for their accounts to grow.
TERRITORY_COMPONENTS = ("team_bonus",)
FIRST_POOL_YEAR, LAST_POOL = 2025, (2026, 2)
ADJUSTMENTS = (  # Plan, component, amount in CNY, reason, measure, day.
    ("account_executive", "new_business_commission", 1_500, "correction", "", (2025, 2, 14)),
    ("senior_account_executive", "signing_bonus", -800, "correction", "", (2025, 5, 20)),
    ("account_executive", "new_business_commission", 2_400, "goodwill", "", (2025, 8, 1)),
    ("sales_manager", "manager_override", 3_000, "handover", "", (2025, 11, 11)),
    ("customer_success", "retention_bonus", 1_200, "goodwill", "", (2026, 1, 15)),
    (
        "senior_account_executive",
        "new_business_commission",
        -2_000,
        "dispute",
        "new_business",
        (2026, 2, 9),
    ),
    ("account_executive", "signing_bonus", 600, "correction", "", (2026, 3, 27)),
)
PAYROLL_MAP = "payroll_map"
INVENTED = ".example"  # The end of every address that the sample makes up.
_EPOCH = date(1970, 1, 1)

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]


class CompensationError(ValueError):
    """The rows cannot be written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody who is paid; days are counted from 1970, `left` None while there."""

    id: str
    employee: Employee | None
    partner: Partner | None
    currency: str
    joined: int
    left: int | None
    stages: list[Stage]

    @property
    def crm_id(self) -> str:
        """The CRM's id of the user or of the partner's account."""
        return self.employee.id if self.employee else self.partner.account.id

    def at(self, day: int) -> Stage:
        """Return what an employee is on a day."""
        return [stage for stage in self.stages if stage.since <= day][-1]

    def is_there(self, start: int, end: int) -> bool:
        """Return whether the payee is there on any day from `start` to before `end`."""
        return self.joined < end and (self.left is None or start < self.left)


def compensation_tables(scale: float, seed: int) -> dict[str, Table]:
    """Return every seed that depends on the people, and the payroll map: header, rows by name."""
    staff = Staff(seed, scale)
    payees = _payees(seed, scale, staff)
    employees = [payee for payee in payees if payee.employee]
    quotas = _quotas(scale, employees)
    draws = _draws(employees)
    return {
        "payees": (
            (
                *("payee_id", "payee_type", "user_id", "partner_id", "pay_currency"),
                *("joined_on", "left_on"),
            ),
            [
                (
                    payee.id,
                    "employee" if payee.employee else "partner",
                    f"salesforce:{payee.crm_id}" if payee.employee else "",
                    "" if payee.employee else f"salesforce:{payee.crm_id}",
                    payee.currency,
                    _iso(payee.joined),
                    _iso(payee.left),
                )
                for payee in payees
            ],
        ),
        "payee_assignments": (
            (
                *("payee_id", "valid_from", "valid_to", "plan_code", "team_code", "role_code"),
                *("manager_payee_id", "is_on_leave"),
            ),
            _assignments(payees),
        ),
        "quotas": (
            ("payee_id", "measure", "period_type", "period_start", "amount", "currency"),
            quotas,
        ),
        "quota_ramps": (
            (
                "payee_id",
                "measure",
                "valid_from",
                "valid_to",
                "ramp_share",
                "guaranteed_attainment",
            ),
            _ramps(employees),
        ),
        "draws": (
            (
                *("draw_id", "payee_id", "valid_from", "valid_to", "amount", "currency"),
                *("is_recoverable", "recovery_rate"),
            ),
            [draw for draw, _ in draws],
        ),
        "draw_components": (
            ("draw_id", "component_code"),
            [(draw[0], component) for draw, components in draws for component in components],
        ),
        "pay_adjustments": (
            (
                *("adjustment_id", "payee_id", "component_code", "effective_on", "amount"),
                *("currency", "reason_code", "requested_by", "approved_by", "approved_on"),
                "measure",
            ),
            _adjustments(seed, employees),
        ),
        "scores": (
            ("payee_id", "measure", "period_type", "period_start", "score"),
            _scores(seed, employees),
        ),
        "payout_pool_shares": (("pool_id", "payee_id", "weight"), _pool_shares(employees)),
        PAYROLL_MAP: (
            ("payee_id", "payroll_id", "payee_name", "email"),
            [_mapped(payee) for payee in payees],
        ),
    }


def write_compensation(
    folder: Path, payroll_map: Path, rules: Path, scale: float, seed: int
) -> list[Path]:
    """Write the people's seeds into `folder` and their names to `payroll_map`.

    What else a folder of rules needs and `folder` lacks is copied from `rules`, so that
    QUOTAMART_COMPENSATION can name it. Returns what was written, the names last.

    Raises:
        CompensationError: `payroll_map` holds the names of real people.
    """
    _refuse_real_names(payroll_map)
    folder.mkdir(parents=True, exist_ok=True)
    tables = compensation_tables(scale, seed)
    paths = {name: folder / f"{name}.csv" for name in tables} | {PAYROLL_MAP: payroll_map}
    for path in sorted(rules.iterdir()):
        if path.stem not in tables and not (folder / path.name).exists():
            with written_whole(folder / path.name) as temporary:
                shutil.copyfile(path, temporary)
    for name, path in paths.items():
        _write(path, tables[name])
    return list(paths.values())


def write_names(payroll_map: Path, scale: float, seed: int) -> bool:
    """Write the names of the sample's people where no file tells any; whether it was written."""
    if payroll_map.exists():
        return False
    _write(payroll_map, compensation_tables(scale, seed)[PAYROLL_MAP])
    return True


def _write(path: Path, table: Table) -> None:
    header, rows = table
    # A torn file would be read as rules of pay, and never be written again as names.
    with (
        written_whole(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _refuse_real_names(payroll_map: Path) -> None:
    if not payroll_map.exists():
        return
    with payroll_map.open(encoding="utf-8", newline="") as file:
        found = [row.get("email") or "" for row in csv.DictReader(file)]
    if not all(email.endswith(INVENTED) for email in found):
        raise CompensationError(
            f"{payroll_map} holds names that the sample did not make. Move it away, or name "
            "another place in QUOTAMART_PAYROLL_MAP; nothing was changed."
        )


def _payees(seed: int, scale: float, staff: Staff) -> list[Payee]:
    found = []
    for number, employee in enumerate(staff.employees):
        has_left = employee.left is not None and employee.left <= LAST_SYNC
        found.append(
            Payee(
                f"p{number + 1:03d}",
                employee,
                None,
                PAY_CURRENCIES[number % len(PAY_CURRENCIES)],
                max(business_day(employee.hired), FIRST_PAY_DAY),
                business_day(employee.left) if has_left else None,
                career(seed, staff, employee),
            )
        )
    for partner in partners(seed, scale, staff):
        joined = max(business_day(partner.account.created), FIRST_PAY_DAY)
        found.append(Payee(f"p{len(found) + 1:03d}", None, partner, CURRENCY, joined, None, []))
    return found


def _assignments(payees: list[Payee]) -> list[tuple[object, ...]]:
    by_user = {payee.crm_id: payee.id for payee in payees}
    rows: list[tuple[object, ...]] = []
    for payee in payees:
        if payee.partner:
            rows.append(
                (payee.id, _iso(payee.joined), "", "partner", "partners", "partner", "", "false")
            )
            continue
        starts = [max(stage.since, payee.joined) for stage in payee.stages]
        ends = [*starts[1:], payee.left]
        for stage, start, end in zip(payee.stages, starts, ends, strict=True):
            if start == end:
                continue
            plan, role = PLANS[stage.title]
            rows.append(
                (
                    payee.id,
                    _iso(start),
                    _iso(end),
                    plan,
                    stage.role.lower().replace(" ", "_"),
                    role,
                    by_user.get(stage.manager_id, ""),
                    str(stage.is_on_leave).lower(),
                )
            )
    return rows


def _quotas(scale: float, employees: list[Payee]) -> list[tuple[object, ...]]:
    """Quotas by quarter: grown from a base; a manager answers for a share of the team's."""
    size = sqrt(scale / 0.1)
    amounts: dict[tuple[str, int], int] = {}
    by_user = {payee.crm_id: payee for payee in employees}
    for quarter in range(QUARTERS):
        start, end = _quarter(quarter), _quarter(quarter + 1)
        present = [payee for payee in employees if payee.is_there(start, end)]
        plans = {payee.id: PLANS[payee.at(max(start, payee.joined)).title][0] for payee in present}
        for payee in present:
            if plans[payee.id] in QUOTA:
                amount = QUOTA[plans[payee.id]] * size * QUOTA_GROWTH**quarter
                amounts[payee.id, quarter] = round(amount / 1_000) * 1_000
        # Executives first, then their managers, then the managers' own.
        for depth in (2, 1, 0):
            for payee in present:
                if plans[payee.id] != "sales_manager" or _depth(payee, by_user) != depth:
                    continue
                team = sum(
                    amounts.get((other.id, quarter), 0)
                    for other in present
                    if plans[other.id] != "customer_success"
                    and other.at(max(start, other.joined)).manager_id == payee.crm_id
                )
                team = max(team, QUOTA["senior_account_executive"] * size)  # A team may be empty.
                amounts[payee.id, quarter] = round(team * TEAM_SHARE / 1_000) * 1_000
    return [
        (
            payee.id,
            MEASURES[PLANS[payee.at(max(_quarter(quarter), payee.joined)).title][0]],
            "quarter",
            _iso(_quarter(quarter)),
            f"{amounts[payee.id, quarter]}.00",
            CURRENCY,
        )
        for payee in employees
        for quarter in range(QUARTERS)
        if (payee.id, quarter) in amounts
    ]


def _depth(payee: Payee, by_user: dict[str, Payee]) -> int:
    """Return how many managers somebody has above."""
    depth, manager = 0, payee.stages[0].manager_id
    while manager is not None:
        depth, manager = depth + 1, by_user[manager].stages[0].manager_id
    return depth


def _joiners(employees: list[Payee]) -> list[Payee]:
    """Return the account executives who joined when the plans were in force."""
    return [
        payee
        for payee in employees
        if payee.joined > FIRST_PAY_DAY and PLANS[payee.stages[0].title][0] in QUOTA
    ]


def _ramps(employees: list[Payee]) -> list[tuple[object, ...]]:
    """New people answer for half a quota at first; every third for none, and is paid as if met."""
    rows: list[tuple[object, ...]] = []
    for number, payee in enumerate(_joiners(employees)):
        measure = MEASURES[PLANS[payee.stages[0].title][0]]
        start = payee.joined
        if number % 3 == 1:
            following = _next_quarter(start)
            rows.append((payee.id, measure, _iso(start), _iso(following), "0", "1"))
            start = following
        rows.append((payee.id, measure, _iso(start), _iso(day_add_months(start, 3)), "0.5", ""))
    return rows


def _draws(employees: list[Payee]) -> list[tuple[tuple[object, ...], tuple[str, ...]]]:
    """Pay in advance, and the components that it covers.

    New executives have it for three whole months, all but seniors for a quiet one; some have a
    second one beside it, for their new territory. Every second draw is paid back.
    """
    months = [
        (payee, _month_after(payee.joined), 3, DRAWN_COMPONENTS)
        for payee in _joiners(employees)
        if PLANS[payee.stages[0].title][1] != "customer_success_manager"
    ]
    quiet_end = day_add_months(QUIET_MONTH, 1)
    quiet = [
        payee
        for payee in employees
        if payee.is_there(QUIET_MONTH, quiet_end)
        and PLANS[payee.at(max(QUIET_MONTH, payee.joined)).title][1] == "account_executive"
        and day_add_months(_month_after(payee.joined), 3) <= QUIET_MONTH
    ]
    months += [(payee, QUIET_MONTH, 1, DRAWN_COMPONENTS) for payee in quiet]
    months += [
        (payee, QUIET_MONTH, 3, TERRITORY_COMPONENTS) for payee in quiet[:NEW_TERRITORY_COUNT]
    ]
    rows = [
        (
            f"d{number + 1:03d}",
            payee.id,
            _iso(start),
            _iso(day_add_months(start, count)),
            DRAW[payee.currency],
            payee.currency,
            str(number % 2 == 0).lower(),
            "0.5" if number % 2 == 0 else "",
        )
        for number, (payee, start, count, _) in enumerate(months)
    ]
    return [(row, components) for row, (*_, components) in zip(rows, months, strict=True)]


def _adjustments(seed: int, employees: list[Payee]) -> list[tuple[object, ...]]:
    """What finance put right by hand: asked for by one, approved by another."""
    rows: list[tuple[object, ...]] = []
    for number, (plan, component, amount, reason, measure, when) in enumerate(ADJUSTMENTS):
        day = day_number(*when)
        able = [
            payee
            for payee in employees
            if payee.is_there(day, day + 1) and PLANS[payee.at(day).title][0] == plan
        ]
        if not able:
            continue
        rng = stream(seed, "adjustment", number)
        payee = able[between(rng, 0, len(able))]
        factor = {"CNY": 1.0, "EUR": 0.13, "USD": 0.14}[payee.currency]
        rows.append(
            (
                f"a{number + 1:03d}",
                payee.id,
                component,
                _iso(day),
                f"{round(amount * factor)}.00",
                payee.currency,
                reason,
                "sales_operations",
                "finance_lead",
                _iso(day + between(rng, 0, 5)),
                measure,
            )
        )
    return rows


def _scores(seed: int, employees: list[Payee]) -> list[tuple[object, ...]]:
    """Scorecards of the quarters that are over."""
    rows: list[tuple[object, ...]] = []
    for place, payee in enumerate(employees):
        for quarter in range(QUARTERS):
            start, end = _quarter(quarter), _quarter(quarter + 1)
            is_scored = start >= FIRST_SCORED_DAY and end <= LAST_DAY
            if is_scored and payee.is_there(start, end):
                rng = stream(seed, "kpi", place, quarter)
                score = min(1.35, max(0.45, rng.gauss(0.98, 0.16)))
                rows.append((payee.id, "kpi", "quarter", _iso(start), f"{score:.3f}"))
    return rows


def _pool_shares(employees: list[Payee]) -> list[tuple[object, ...]]:
    """Success managers share the pools, the first with twice the weight of the others."""
    rows: list[tuple[object, ...]] = []
    year, quarter = FIRST_POOL_YEAR, 1
    while (year, quarter) <= LAST_POOL:
        start = day_number(year, 3 * quarter - 2, 1)
        weight = 2
        for payee in employees:
            if payee.is_there(start, day_add_months(start, 3)) and (
                PLANS[payee.at(max(start, payee.joined)).title][0] == "customer_success"
            ):
                rows.append((f"clv_{year}_q{quarter}", payee.id, str(weight)))
                weight = 1
        year, quarter = (year, quarter + 1) if quarter < 4 else (year + 1, 1)
    return rows


def _mapped(payee: Payee) -> tuple[object, ...]:
    number = int(payee.id[1:])
    if payee.partner:
        account = payee.partner.account
        return payee.id, f"V{70_000 + number}", account.name, f"billing@{account.domain}.example"
    return payee.id, f"E{10_000 + number}", payee.employee.name, payee.employee.email


def _quarter(number: int) -> int:
    return day_add_months(FIRST_PAY_DAY, 3 * number)


def _next_quarter(day: int) -> int:
    return next(start for start in map(_quarter, range(1, QUARTERS + 2)) if start > day)


def _month_after(day: int) -> int:
    found = _EPOCH + timedelta(day)
    return day_add_months(day_number(found.year, found.month, 1), 1)


def _iso(day: int | None) -> str:
    return "" if day is None else (_EPOCH + timedelta(day)).isoformat()
