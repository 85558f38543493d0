"""Renders leads, their history and tasks as Salesforce tables."""

from .history_mode import render_history
from .landing import Intake, Row
from .leads import CONVERTED
from .story import Lead, Task
from .times import DAY, business_day, micros

SOURCE = "salesforce"


def render_leads(leads: list[Lead], intake: Intake) -> None:
    """Render leads with their tasks, a version for every change."""
    for lead in leads:
        states = _states(lead)
        intake.add(SOURCE, "lead", [(since, dict(row)) for since, row in states])
        if lead.has_history:
            kept = ("id", "owner_id", "status", "is_deleted")
            render_history("lead_history", states, intake, kept)
        render_tasks(lead.tasks, intake)


def render_tasks(tasks: list[Task], intake: Intake) -> None:
    """Render tasks: entered, done, and hung on the contact that a lead became."""
    for task in tasks:
        row: Row = {
            "id": task.id,
            "who_id": task.who_id,
            "what_id": task.what_id,
            "account_id": task.account_id,
            "owner_id": task.owner_id,
            "type": task.kind,
            "task_subtype": task.subtype,
            "is_closed": False,
            "is_recurrence": False,
            "activity_date": micros(task.due_day * DAY),
            "created_date": micros(task.entered),
            "is_deleted": False,
        }
        changes: list[tuple[int, Row]] = []
        if task.done is not None:
            done = {"is_closed": True, "completed_date_time": micros(task.done)}
            changes.append((task.done, {**done, "call_disposition": task.outcome}))
        if task.moved is not None:
            when, who, what, account = task.moved
            moved = {"who_id": who, "what_id": what, "account_id": account}
            changes.append((max(when, task.entered), moved))
        intake.add(SOURCE, "task", _followed(task.entered, row, changes))


def _states(lead: Lead) -> list[tuple[int, Row]]:
    row: Row = {
        "id": lead.id,
        "lead_source": lead.source,
        "industry": lead.industry,
        "number_of_employees": lead.employee_count,
        "country_code": lead.country,
        "is_converted": False,
        "created_date": micros(lead.created),
        "is_deleted": False,
    }
    changes = []
    for since, changed in lead.states:
        if changed.get("status") == CONVERTED:
            changed = {
                **changed,
                "is_converted": True,
                "converted_date": micros(business_day(since) * DAY),
                "converted_account_id": lead.account_id,
                "converted_contact_id": lead.contact_id,
                "converted_opportunity_id": lead.deal_id,
            }
        changes.append((since, changed))
    if lead.trial_started is not None:
        changes.append((lead.trial_started, {"trial_started_c": micros(lead.trial_started)}))
    return _followed(lead.created, row, changes)


def _followed(first: int, row: Row, changes: list[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Return the versions of a row that begins at `first`; of one second the last stands."""
    versions = {first: row}
    for since, changed in sorted(changes, key=lambda change: change[0]):
        row = {**row, **changed}
        versions[max(since, first)] = row
    return list(versions.items())
