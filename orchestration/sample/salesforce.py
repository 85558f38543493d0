"""Renders the story as Salesforce tables."""

from .company import Staff
from .customers import Account
from .landing import Intake, Row
from .story import Contract, Deal, Story
from .streams import salesforce_id
from .times import DAY, LAST_SYNC, micros

SOURCE = "salesforce"
STAGES = {  # probability in percent, forecast category
    "Prospecting": (10, "Pipeline"),
    "Qualification": (20, "Pipeline"),
    "Needs Analysis": (35, "Pipeline"),
    "Solution Design": (50, "Best Case"),
    "Value Validation": (65, "Most Likely"),
    "Negotiation": (80, "Commit"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}


def render_staff(staff: Staff, intake: Intake) -> None:
    """Render the company's own people."""
    roles = sorted({person.role for person in staff.employees})
    for person in staff.employees:
        row: Row = {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "title": person.title,
            "user_role_id": salesforce_id("00E", roles.index(person.role)),
            "manager_id": person.manager_id,
            "is_active": True,
            "_fivetran_deleted": False,
        }
        states = [(person.hired, row)]
        if person.left is not None:
            states.append((person.left, {**row, "is_active": False}))
        intake.add(SOURCE, "user", states)


def render(story: Story, intake: Intake) -> None:
    """Render one customer's account (where it came with this customer), deals and contracts."""
    customer = story.customer
    if customer.account is not None and customer.is_root:
        won = [deal.states[-1][0] for deal in story.deals if deal.states[-1][1] == "Closed Won"]
        types = [(customer.account.created, "Prospect")]
        bought = min([*won, customer.start])
        types.append((bought, "Customer"))
        lives = story.ledger.subscriptions
        if lives and all(life.ended_at is not None for life in lives):
            types.append((max(life.ended_at for life in lives), "Former Customer"))
        render_account(customer.account, types, intake)
    for deal in story.deals:
        render_deal(deal, intake)
    for contract in story.contracts:
        _render_contract(contract, intake)


def render_account(account: Account, types: list[tuple[int, str]], intake: Intake) -> None:
    """Render an account; `types` are (since, account type)."""
    row: Row = {
        "id": account.id,
        "name": account.name,
        "type": "Prospect",
        "industry": account.industry,
        "number_of_employees": account.employee_count,
        "segment_c": account.segment,
        "billing_country_code": account.country,
        "parent_id": account.parent_id,
        "created_date": micros(account.created),
        "is_deleted": False,
    }
    changes = [(since, "type", kind) for since, kind in types]
    changes += [(since, "owner_id", owner.id) for since, owner in account.owners]
    changes.sort(key=lambda change: change[0])
    states = []
    for since, column, value in changes:
        row = {**row, column: value}
        if "owner_id" in row:
            states.append((since, row))
    intake.add(SOURCE, "account", states)


def render_deal(deal: Deal, intake: Intake) -> None:
    """Render an opportunity, a version for every stage it went through."""
    states = []
    for since, stage, amount, closes in deal.states:
        probability, category = STAGES[stage]
        is_won = stage == "Closed Won"
        states.append(
            (
                since,
                {
                    "id": deal.id,
                    "account_id": deal.account.id,
                    "name": deal.name,
                    "owner_id": deal.owner.id,
                    "contract_id": deal.contract_id if is_won else None,
                    "type": deal.kind,
                    "amount": amount / 100,
                    "currency_iso_code": deal.currency.upper(),
                    "contract_months_c": deal.months,
                    "stage_name": stage,
                    "is_closed": stage.startswith("Closed"),
                    "is_won": is_won,
                    "probability": float(probability),
                    "forecast_category_name": category,
                    "lead_source": deal.source,
                    "loss_reason_c": deal.loss_reason if stage == "Closed Lost" else None,
                    "created_date": micros(deal.created),
                    "close_date": micros(closes * DAY),
                    "is_deleted": False,
                },
            )
        )
    intake.add(SOURCE, "opportunity", states)


def _render_contract(contract: Contract, intake: Intake) -> None:
    intake.add(
        SOURCE,
        "contract",
        [
            (
                since,
                {
                    "id": contract.id,
                    "account_id": contract.account.id,
                    "contract_number": contract.number,
                    "owner_id": contract.owner.id,
                    "status": status,
                    "start_date": contract.start_day,
                    "end_date": contract.end_day,
                    "contract_term": contract.months,
                    "customer_signed_date": None if status == "Draft" else contract.signed_day,
                    "currency_iso_code": contract.currency.upper(),
                    "total_contract_value_c": contract.value / 100,
                    "auto_renewal_c": contract.is_auto_renewal,
                    "previous_contract_c": contract.previous_id,
                    "is_deleted": False,
                },
            )
            for since, status in contract.states
            if since <= LAST_SYNC
        ],
    )
