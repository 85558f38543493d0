"""Renders the story as Stripe tables."""

import json

from .catalogue import COUPONS, PRICE_LISTS, PRODUCT_CREATED, PRODUCTS, Catalogue
from .deals import contract_id
from .landing import Intake, Row
from .story import Charge, Invoice, Item, Story, Subscription, SubscriptionState
from .times import LAST_SYNC, OPEN_END, at, micros

SOURCE = "stripe"
CAUSES_TOLD_FROM = at(2023, 10, 1)  # Before, billing did not say why a subscription ended.
WITHDRAWN_PRICE = ("studio", "weekly")  # No longer offered, and deleted, since 2025.


def render_catalogue(catalogue: Catalogue, intake: Intake) -> None:
    """Render products, prices and coupons."""
    for product in PRODUCTS:
        metadata = {
            "product_line": product.product_line,
            "life_cycle_stage": product.life_cycle_stage,
            "delivery_mode": product.delivery_mode,
            "segment": product.segment,
        }
        row = {
            "id": catalogue.product_ids[product.key],
            "name": product.name,
            "active": True,
            "metadata": json.dumps(metadata),
            "created": micros(PRODUCT_CREATED),
            "is_deleted": False,
        }
        states = [(PRODUCT_CREATED, row)]
        if product.life_cycle_stage == "decline":
            states.append((at(2026, 1, 15, 3), {**row, "active": False}))
        intake.add(SOURCE, "product", states)
    for price in catalogue.prices:
        term = price.term
        row = {
            "id": price.id,
            "product_id": catalogue.product_ids[price.product.key],
            "currency": price.currency,
            "unit_amount": price.unit_amount,
            "type": "recurring" if term else "one_time",
            "recurring_interval": term and term.unit,
            "recurring_interval_count": term and term.count,
            "recurring_usage_type": term
            and ("metered" if price.product.is_metered else "licensed"),
            "created": micros(price.created),
            "is_deleted": False,
        }
        states = [(price.created, row)]
        if (
            term
            and (price.product.key, term.key) == WITHDRAWN_PRICE
            and (price.created == PRICE_LISTS[0][0])
        ):
            states.append((at(2025, 9, 1, 3), {**row, "is_deleted": True}))
        intake.add(SOURCE, "price", states)
    for coupon in COUPONS.values():
        intake.add(
            SOURCE,
            "coupon",
            [
                (
                    coupon.created,
                    {
                        "id": coupon.id,
                        "name": coupon.name,
                        "percent_off": None if coupon.percent is None else coupon.percent / 100,
                        "amount_off": coupon.amount,
                        "currency": coupon.currency,
                        "duration": coupon.duration,
                        "duration_in_months": coupon.months,
                        "created": micros(coupon.created),
                    },
                )
            ],
        )


def render(story: Story, intake: Intake) -> None:
    """Render one customer's billing."""
    _render_customer(story, intake)
    ledger = story.ledger
    for subscription in ledger.subscriptions:
        _render_subscription(story, subscription, intake)
    for invoice in ledger.invoices:
        _render_invoice(story, invoice, intake)
    for charge in ledger.charges:
        _render_charge(story, charge, intake)
    for refund in ledger.refunds:
        intake.add(
            SOURCE,
            "refund",
            [
                (
                    since,
                    {
                        "id": refund.id,
                        "charge_id": refund.charge.id,
                        "amount": refund.amount,
                        "currency": refund.charge.invoice.currency,
                        "status": status,
                        "reason": refund.reason,
                        "created": micros(refund.states[0][0]),
                    },
                )
                for since, status in refund.states
            ],
        )
    for note in ledger.credit_notes:
        row = {
            "id": note.id,
            "invoice_id": note.invoice.id,
            "amount": note.amount,
            "currency": note.invoice.currency,
            "status": "issued",
            "reason": note.reason,
            "created": micros(note.created),
        }
        states = [(note.created, row)]
        if note.voided is not None:
            states.append(
                (note.voided, {**row, "status": "void", "voided_at": micros(note.voided)})
            )
        intake.add(SOURCE, "credit_note", states)


def _render_customer(story: Story, intake: Intake) -> None:
    customer = story.customer
    metadata = {}
    if customer.is_linked and customer.account is not None:
        metadata["salesforce_account_id"] = customer.account.id
    changes = sorted(
        [(since, "currency", currency) for since, currency in story.ledger.currencies]
        + [(since, "delinquent", flag) for since, flag in story.ledger.delinquencies],
        key=lambda change: change[0],
    )
    row: Row = {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "currency": customer.currency,
        "address_country": customer.country,
        "delinquent": False,
        "metadata": json.dumps(metadata),
        "created": micros(customer.created),
        "is_deleted": False,
    }
    states = []
    for since, column, value in changes:
        row = {**row, column: value}
        states.append((since, row))
    intake.add(SOURCE, "customer", states)


def _render_subscription(story: Story, subscription: Subscription, intake: Intake) -> None:
    customer_id, states = story.customer.id, subscription.states
    for place, state in enumerate(states):
        row = _history_row(story, subscription, state)
        versions = [(state.since, row)]
        if place + 1 < len(states):
            following = states[place + 1].since
            versions.append(
                (
                    following,
                    {
                        **row,
                        "_fivetran_end": following * 1_000_000 - 1_000,
                        "_fivetran_active": False,
                    },
                )
            )
        intake.add(SOURCE, "subscription_history", versions)
    for item in subscription.items:
        _render_item(subscription, item, intake)
    for discount in subscription.discounts:
        if discount.start > LAST_SYNC:
            continue
        row = {
            "id": discount.id,
            "coupon_id": discount.coupon.id,
            "customer_id": customer_id,
            "subscription_id": subscription.id,
            "start": micros(discount.start),
            "end": None if discount.closed else micros(discount.end),
        }
        versions = [(discount.start, row)]
        if discount.closed is not None:
            versions.append((discount.closed, {**row, "end": micros(discount.end)}))
        intake.add(SOURCE, "discount", versions)


def _history_row(story: Story, subscription: Subscription, state: SubscriptionState) -> Row:
    metadata, plan = {}, subscription.plan
    if state.contract_number is not None and plan.tells_contract and story.customer.account:
        metadata["salesforce_contract_id"] = contract_id(
            story.customer.index,
            plan.number,
            0 if plan.renews_silently else state.contract_number,
        )
    is_leaving = state.canceled_at is not None
    has_left_unpaid = subscription.left_at is None and state.ended_at is not None
    cause = None
    if is_leaving and state.since >= CAUSES_TOLD_FROM:
        cause = "payment_failed" if has_left_unpaid else "cancellation_requested"
    if is_leaving and not has_left_unpaid and subscription.end_reason is not None:
        metadata["cancellation_reason"] = subscription.end_reason
    trial_end = subscription.trial_end
    return {
        "id": subscription.id,
        "_fivetran_start": micros(state.since),
        "_fivetran_end": OPEN_END,
        "_fivetran_active": True,
        "customer_id": story.customer.id,
        "status": state.status,
        "start_date": micros(subscription.start),
        "current_period_start": micros(state.period_start),
        "current_period_end": micros(state.period_end),
        "cancel_at": micros(state.cancel_at),
        "cancel_at_period_end": state.is_cancel_at_period_end,
        "canceled_at": micros(state.canceled_at),
        "ended_at": micros(state.ended_at),
        "trial_start": None if trial_end is None else micros(subscription.start),
        "trial_end": micros(trial_end),
        "pause_collection_behavior": state.pause,
        "cancellation_details_reason": cause,
        "cancellation_details_feedback": (
            subscription.feedback if cause == "cancellation_requested" else None
        ),
        "metadata": json.dumps(metadata),
        "created": micros(subscription.created),
    }


def _render_item(subscription: Subscription, item: Item, intake: Intake) -> None:
    ended = subscription.ended_at
    intake.add(
        SOURCE,
        "subscription_item",
        [
            (
                state.since,
                {
                    "id": item.id,
                    "subscription_id": subscription.id,
                    "plan_id": state.price.id,
                    "quantity": state.quantity,
                    "created": micros(item.created),
                    "current_period_start": micros(state.period_start),
                    "current_period_end": micros(state.period_end),
                    "_fivetran_deleted": state.is_deleted,
                },
            )
            for state in item.states
            if ended is None or state.since < ended
        ],
    )


def _render_invoice(story: Story, invoice: Invoice, intake: Intake) -> None:
    intake.add(
        SOURCE,
        "invoice",
        [
            (
                since,
                {
                    "id": invoice.id,
                    "customer_id": story.customer.id,
                    "subscription_id": invoice.subscription_id,
                    "number": None if status == "draft" else invoice.number,
                    "currency": invoice.currency,
                    "status": status,
                    "billing_reason": invoice.reason,
                    "subtotal": invoice.subtotal,
                    "tax": invoice.tax,
                    "total": invoice.total,
                    "amount_due": invoice.amount_due,
                    "amount_paid": paid,
                    "amount_remaining": invoice.amount_due - paid,
                    "created": micros(invoice.created),
                    "due_date": micros(invoice.due),
                    "period_start": micros(invoice.period_start),
                    "period_end": micros(invoice.period_end),
                    "is_deleted": False,
                },
            )
            for since, status, paid in invoice.states
        ],
    )
    for line in invoice.lines:
        intake.add(
            SOURCE,
            "invoice_line_item",
            [
                (
                    invoice.created,
                    {
                        "id": line.id,
                        "invoice_id": invoice.id,
                        "subscription_id": invoice.subscription_id,
                        "subscription_item_id": line.item_id,
                        "plan_id": line.price.id,
                        "type": "invoiceitem" if line.is_extra else "subscription",
                        "proration": line.is_proration,
                        "quantity": line.quantity,
                        "amount": line.amount,
                        "currency": invoice.currency,
                        "description": line.text,
                        "period_start": micros(line.start),
                        "period_end": micros(line.end),
                    },
                )
            ],
        )


def _render_charge(story: Story, charge: Charge, intake: Intake) -> None:
    intake.add(
        SOURCE,
        "charge",
        [
            (
                since,
                {
                    "id": charge.id,
                    "customer_id": story.customer.id,
                    "invoice_id": charge.invoice.id,
                    "amount": charge.amount,
                    "amount_refunded": refunded,
                    "currency": charge.invoice.currency,
                    "status": status,
                    "paid": status == "succeeded",
                    "failure_code": failure,
                    "created": micros(charge.created),
                },
            )
            for since, status, failure, refunded in charge.states
        ],
    )
