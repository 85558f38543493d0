"""Renders the story as Salesforce tables."""

from .campaigns import Campaign, contact_ids
from .careers import career
from .company import Staff
from .customers import Account
from .history_mode import render_history
from .landing import Intake, Row
from .offers import OFFERED
from .salesforce_leads import render_tasks
from .story import (
    Contract,
    Deal,
    Meeting,
    Referral,
    Split,
    Story,
    SupportCase,
    TeamMember,
    Touch,
)
from .streams import salesforce_id, salesforce_number
from .times import DAY, HOUR, INITIAL_LOAD, LAST_SYNC, at, business_day, micros
from .walks import UNMAPPED_STAGE

SOURCE = "salesforce"
STAGES = {  # probability in percent, forecast category
    "Prospecting": (10, "Pipeline"),
    "Qualification": (20, "Pipeline"),
    "Needs Analysis": (35, "Pipeline"),
    "Solution Design": (50, "Best Case"),
    "Value Validation": (65, "Most Likely"),
    "Negotiation": (80, "Commit"),
    UNMAPPED_STAGE: (85, "Commit"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}
# The object of changes writes some categories otherwise than the deal.
CATEGORIES = {"Best Case": "BestCase", "Most Likely": "MostLikely", "Commit": "Forecast"}
CHANGES_PER_DEAL = 64
HISTORY_MODE_SINCE = at(2025, 1, 6, 2)  # Only then somebody switched the connector's mode on.
SPLIT_TYPES = {"Revenue": True, "Overlay": False}  # Whether a deal's shares must sum to 100 %.


def render_staff(seed: int, staff: Staff, intake: Intake) -> None:
    """Render the company's own people, a version for every change of title, team or manager."""
    roles = sorted({person.role for person in staff.employees})
    for person in staff.employees:
        states = []
        for stage in career(seed, staff, person):
            row: Row = {
                "id": person.id,
                "name": person.name,
                "email": person.email,
                "title": stage.title,
                "user_role_id": salesforce_id("00E", roles.index(stage.role)),
                "manager_id": stage.manager_id,
                "is_active": True,
                "_fivetran_deleted": False,
            }
            states.append((max(person.hired, stage.since * DAY), row))
        if person.left is not None:
            states.append((person.left, {**states[-1][1], "is_active": False}))
        intake.add(SOURCE, "user", states)


def render_split_types(intake: Intake) -> None:
    """Render the two kinds of splits that Salesforce comes with."""
    for name, is_validated in SPLIT_TYPES.items():
        row: Row = {
            "id": _split_type_id(name),
            "developer_name": name,
            "is_total_validated": is_validated,
            "is_deleted": False,
        }
        intake.add(SOURCE, "opportunity_split_type", [(INITIAL_LOAD - DAY, row)])


def render_products(intake: Intake) -> None:
    """Render the products as the CRM knows them."""
    for product in OFFERED:
        row: Row = {
            "id": _product_id(product.key),
            "name": product.name,
            "product_code": product.key.upper(),
            "family": product.product_line,
            "is_active": True,
            "is_deleted": False,
        }
        intake.add(SOURCE, "product_2", [(INITIAL_LOAD - DAY, row)])


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
        render_contacts(customer.account, contact_ids(customer.account, "5g0"), intake)
    for deal in [*story.deals, *story.strays]:
        render_deal(deal, intake)
    for contract in story.contracts:
        _render_contract(contract, intake)
    render_touches(story.touches, intake)
    for member in story.team:
        _render_member(story, member, intake)
    render_referrals(story.referrals, intake)
    for case in story.cases:
        _render_case(case, intake)


def render_campaigns(campaigns: list[Campaign], intake: Intake) -> None:
    """Render the campaigns; what one has cost is entered when it is over."""
    for campaign in campaigns:
        row: Row = {
            "id": campaign.id,
            "name": campaign.name,
            "type": campaign.type,
            "status": "Planned",
            "actual_cost": None,
            "currency_iso_code": "CNY",
            "start_date": campaign.start_day,
            "end_date": campaign.end_day,
            "is_deleted": False,
        }
        start, over = campaign.start_day * DAY, campaign.end_day * DAY + 9 * DAY
        cost = campaign.cost / 100
        states = [
            (start - 40 * DAY, row),
            (start, {**row, "status": "In Progress"}),
            (over, {**row, "status": "Completed", "actual_cost": cost}),
        ]
        intake.add(SOURCE, "campaign", states)


def render_contacts(account: Account, ids: list[str], intake: Intake) -> None:
    """Render the contacts of an account."""
    for contact_id in ids:
        row = {"id": contact_id, "account_id": account.id, "is_deleted": False}
        intake.add(SOURCE, "contact", [(account.created + HOUR, row)])


def render_touches(touches: list[Touch], intake: Intake) -> None:
    """Render the people whom campaigns reached."""
    for touch in touches:
        row: Row = {
            "id": touch.id,
            "campaign_id": touch.campaign_id,
            "contact_id": touch.contact_id,
            "lead_id": touch.lead_id,
            "has_responded": False,
            "created_date": micros(touch.joined),
            "is_deleted": False,
        }
        states = [(touch.joined, row)]
        if touch.responded is not None:
            day = business_day(touch.responded)
            answered = {**row, "has_responded": True, "first_responded_date": day}
            states.append((touch.responded, answered))
        intake.add(SOURCE, "campaign_member", states)


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
    kept = ("id", "owner_id", "is_deleted")
    render_history("account_history", states, intake, kept)


def _render_member(story: Story, member: TeamMember, intake: Intake) -> None:
    row: Row = {
        "id": member.id,
        "account_id": story.customer.account.id,
        "user_id": member.employee.id,
        "team_member_role": member.role,
        "created_date": micros(member.joined),
        "is_deleted": False,
    }
    states = [(member.joined, row)]
    if member.left is not None:
        states.append((member.left, {**row, "is_deleted": True}))
    intake.add(SOURCE, "account_team_member", states)


def render_deal(deal: Deal, intake: Intake) -> None:
    """Render an opportunity, a version for every change of it, and what the CRM keeps of them."""
    states = [(since, _deal_row(deal, since, *state)) for since, *state in deal.states]
    if deal.has_history:
        for number, (since, row) in enumerate(states):
            _render_change(deal, number, since, row, intake)
    if deal.handed_over is not None:
        moved = deal.handed_over[0]
        before = [row for since, row in states if since <= moved][-1]
        states.append((moved, {**before, "owner_id": deal.owner.id}))
        states.sort(key=lambda state: state[0])
    if deal.deleted is not None:
        states.append((deal.deleted, {**states[-1][1], "is_deleted": True}))
    if deal.has_history:
        render_history("opportunity_version", states, intake, switched_on=HISTORY_MODE_SINCE)
    intake.add(SOURCE, "opportunity", states)
    for split in deal.splits:
        _render_split(deal, split, intake)
    for partner in deal.partners:
        row: Row = {
            "id": partner.id,
            "opportunity_id": deal.id,
            "account_to_id": partner.partner.id,
            "role": partner.role,
            "is_primary": partner.is_primary,
            "is_deleted": False,
        }
        intake.add(SOURCE, "opportunity_partner", [(partner.since, row)])
    for meeting in deal.meetings:
        _render_meeting(deal, meeting, intake)
    _render_offer(deal, intake)
    render_tasks(deal.tasks, intake)


def _deal_row(deal: Deal, since: int, stage: str, amount: int, closes: int) -> Row:
    probability, category = STAGES[stage]
    is_won, owner = stage == "Closed Won", deal.owner
    if deal.handed_over is not None and since < deal.handed_over[0]:
        owner = deal.handed_over[1]
    return {
        "id": deal.id,
        "account_id": deal.account.id,
        "name": deal.name,
        "owner_id": owner.id,
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
        "campaign_id": deal.campaign_id,
        "loss_reason_c": deal.loss_reason if stage == "Closed Lost" else None,
        "main_competitor_c": deal.competitor if stage == "Closed Lost" else None,
        "created_date": micros(deal.created),
        "close_date": micros(closes * DAY),
        "is_deleted": False,
    }


def _render_change(deal: Deal, number: int, since: int, deal_row: Row, intake: Intake) -> None:
    """Render what Salesforce keeps of a change; it is deleted with the deal."""
    row: Row = {
        "id": salesforce_id(
            "008", salesforce_number(deal.id) * CHANGES_PER_DEAL + number, deal.id[3:6]
        ),
        "opportunity_id": deal.id,
        "stage_name": deal_row["stage_name"],
        "amount": deal_row["amount"],
        "currency_iso_code": deal_row["currency_iso_code"],
        "probability": deal_row["probability"],
        "forecast_category": CATEGORIES.get(
            deal_row["forecast_category_name"], deal_row["forecast_category_name"]
        ),
        "close_date": deal_row["close_date"],
        "created_date": micros(since),
        "is_deleted": False,
    }
    states = [(since, row)]
    if deal.deleted is not None:
        states.append((deal.deleted, {**row, "is_deleted": True}))
    intake.add(SOURCE, "opportunity_history", states)


def _render_offer(deal: Deal, intake: Intake) -> None:
    """Render the products of a deal and the people who have a part in it."""
    for line in deal.lines:
        states = []
        for since, amount in line.states:
            row: Row = {
                "id": line.id,
                "opportunity_id": deal.id,
                "product_2_id": _product_id(line.product),
                "quantity": 1.0,
                "unit_price": amount / 100,
                "total_price": amount / 100,
                "created_date": micros(line.states[0][0]),
                "is_deleted": False,
            }
            states.append((since, row))
        intake.add(SOURCE, "opportunity_line_item", states)
    for role in deal.roles:
        row = {
            "id": role.id,
            "opportunity_id": deal.id,
            "contact_id": role.contact_id,
            "role": role.role,
            "is_primary": role.is_primary,
            "created_date": micros(role.since),
            "is_deleted": False,
        }
        intake.add(SOURCE, "opportunity_contact_role", [(role.since, row)])


def _product_id(key: str) -> str:
    return salesforce_id("01t", [product.key for product in OFFERED].index(key))


def _render_meeting(deal: Deal, meeting: Meeting, intake: Intake) -> None:
    row: Row = {
        "id": meeting.id,
        "account_id": deal.account.id,
        "what_id": deal.id,
        "owner_id": meeting.employee.id,
        "type": meeting.kind,
        "start_date_time": micros(meeting.starts),
        "is_all_day_event": False,
        "is_child": meeting.copy_of is not None,
        "was_held_c": None,
        "created_date": micros(meeting.entered),
        "is_deleted": False,
    }
    states = [(meeting.entered, row)]
    if meeting.was_held is not None:
        states.append((meeting.starts + 3 * HOUR, {**row, "was_held_c": meeting.was_held}))
    intake.add(SOURCE, "event", states)


def render_referrals(referrals: list[Referral], intake: Intake) -> None:
    """Render who recommended us to whom."""
    for referral in referrals:
        row: Row = {
            "id": referral.id,
            "referred_account_c": referral.account.id,
            "referrer_account_c": referral.referrer_id,
            "opportunity_c": referral.deal_id,
            "created_date": micros(referral.created),
            "is_deleted": False,
        }
        intake.add(SOURCE, "referral_c", [(referral.created, row)])


def _render_split(deal: Deal, split: Split, intake: Intake) -> None:
    intake.add(
        SOURCE,
        "opportunity_split",
        [
            (
                since,
                {
                    "id": split.id,
                    "opportunity_id": deal.id,
                    "split_owner_id": split.employee.id,
                    "split_type_id": _split_type_id("Overlay" if split.is_overlay else "Revenue"),
                    "split_percentage": float(percent),
                    "is_deleted": False,
                },
            )
            for since, percent in split.states
        ],
    )


def _split_type_id(name: str) -> str:
    return salesforce_id("149", list(SPLIT_TYPES).index(name))


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


def _render_case(case: SupportCase, intake: Intake) -> None:
    states, closed = [], None
    for since, status in case.states:
        closed = since if status == "Closed" else closed
        states.append(
            (
                since,
                {
                    "id": case.id,
                    "account_id": case.account.id if case.account else None,
                    "type": case.kind,
                    "priority": case.priority,
                    "status": status,
                    "is_closed": status == "Closed",
                    "created_date": micros(case.created),
                    "closed_date": micros(closed),
                    "is_deleted": False,
                },
            )
        )
    intake.add(SOURCE, "case", states)
