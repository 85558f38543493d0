"""Invented companies for retention, renewals, surveys and customer value.

Here belongs what CRM, billing, finance and survey tools can hold of the same customers, the
awkward first: returns, several currencies, overlaps, customers without account, channel or
margin, contracts that nobody follows. Days come from one short list, so that they often meet.
Hypothesis draws one number a company and a generator of random numbers does the rest: a
company has thousands of rows, and drawing each would take longer than all that is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from .known import (
    AcquisitionCost,
    Campaign,
    CampaignTouch,
    Cancellation,
    Company,
    GrossMargin,
    Opportunity,
    Payment,
    ProductUsage,
    SupportCase,
    SurveyResponse,
    User,
)
from .mrr import (
    Account,
    BillingCustomer,
    Contract,
    CustomerLink,
    Inputs,
    Settings,
    SubscriptionDiscount,
    SubscriptionItem,
    add_months,
)
from .strategies import AS_OF_DAYS, CURRENCIES, PRODUCTS, days, exchange_rates, told

PRODUCT_IDS = (*(row.product_id for row in PRODUCTS), "test:orphan", None)
UNIT_AMOUNTS = ("100", "120", "9.99", "33.333333", "0.07", "49.5", "240000", "1200", "0")
ON = ("active",) * 8 + ("past_due",)
OFF = ("paused", "trialing", "unpaid", "unpaid", "ended", "incomplete")
INTERVALS = (("month", 1),) * 4 + (("year", 1), ("quarter", 1), ("week", 1), ("month", 7))
CHANNELS = ("events", "online", "partners", "referrals", "silent")
SEGMENTS = ("enterprise", "small", None)
COUNTRIES = ("CN", "DE", None)
OWNERS = ("test:ann", "test:ann", "test:bob", "test:bob", "test:nobody", None)
REASONS = ("too expensive", "missing feature", None)
# The lowest score, the highest, and the lowest that is satisfied.
SCALES = (
    *(("nps", 0, 10, None),) * 4,
    *(("csat", 1, 5, 4),) * 3,
    ("csat", 1, 7, 6),
    *(("ces", 1, 7, 5),) * 2,
    ("other", None, None, None),
)


class InventedCompany(NamedTuple):
    """The rows of a company, and the settings with the last day that is known."""

    company: Company
    settings: Settings

    def rows(self) -> list[NamedTuple]:
        """All rows but the exchange rates and products."""
        rows = [row for rows in self.company[1:] for row in rows]
        kept = self.company.mrr._replace(exchange_rates=(), products=())
        return [*(row for rows in kept for row in rows), *rows]

    def without(self, unwanted: Sequence[NamedTuple]) -> InventedCompany:
        """The same company without some rows."""
        ids = {id(row) for row in unwanted}

        def kept(tables: Sequence[Sequence[NamedTuple]]) -> list[list[NamedTuple]]:
            return [[row for row in rows if id(row) not in ids] for rows in tables]

        mrr = Inputs(*kept(self.company.mrr))
        return self._replace(company=Company(mrr, *kept(self.company[1:])))

    def __repr__(self) -> str:
        """Not its thousands of rows."""
        return f"a company of {len(self.rows())} rows known on {self.settings.as_of_on}"

    def told(self) -> str:
        """One line a row, with what differs from the row's defaults."""
        return "\n  ".join([told(self.settings), *map(told, self.rows())])


class Inventor:
    """Invents companies from a generator of random numbers."""

    def __init__(self, random: Random, as_of_on: date) -> None:
        self.random, self.as_of_on = random, as_of_on
        self.days = days(as_of_on)
        self.other_days = [as_of_on - timedelta(days=age) for age in range(-30, 600)]
        self.past = [day for day in self.days if day <= as_of_on]
        self.tables: dict[str, list] = {}

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    def one_of(self, values: Sequence):
        """One of some values."""
        return self.random.choice(values)

    def day_near(self, day: date, spread: int = 60) -> date:
        """A day around another, mostly one of the exact distances that settings speak of."""
        distance = self.one_of((0, 0, 1, -1, 29, 30, -30, 31, -44, -45, -46, spread, -spread))
        return day + timedelta(days=distance)

    def add(self, table: str, row: NamedTuple) -> None:
        """Add a row to a table."""
        self.tables.setdefault(table, []).append(row)

    def company(self, customer_count: int) -> Company:
        """A company of so many customers."""
        for number in range(12):
            channel = self.one_of((*CHANNELS, None))
            self.add("campaigns", Campaign(f"test:campaign {number}", channel))
        for number in range(customer_count):
            self.customer(f"{number:03}")
        self.costs()
        self.margins()
        mrr = Inputs(
            products=PRODUCTS,
            exchange_rates=exchange_rates(self.as_of_on),
            **{name: self.tables.pop(name, []) for name in MRR_TABLES},
        )
        return Company(mrr, users=[User("test:ann"), User("test:bob")], **self.tables)

    # -- a customer --------------------------------------------------------------------

    def customer(self, key: str) -> None:
        """Everything that is known of one customer, or of two that are not linked."""
        account_id = f"test:account {key}"
        self.add(
            "accounts",
            Account(
                account_id,
                self.one_of(SEGMENTS),
                self.one_of(COUNTRIES),
                owner_user_id=self.one_of(OWNERS),
            ),
        )
        home = self.one_of(CURRENCIES)
        contract_ids = self.contracts(account_id, home)
        references = [account_id, f"test:nobody {key}", None]
        for number in range(self.one_of((1, 1, 1, 2))):
            billing_customer_id = f"test:billing {key} {number}"
            references.append(billing_customer_id)
            self.billing_customer(billing_customer_id, account_id)
            for place in range(self.one_of((0, 1, 1, 2))):
                subscription = (f"test:subscription {key} {number}{place}", billing_customer_id)
                currency = home if self.chance(0.8) else self.one_of(CURRENCIES)
                self.subscription(subscription, currency, contract_ids)
            for place in range(self.one_of((0, 1, 3))):
                self.payment(f"{billing_customer_id} payment {place}", billing_customer_id)
        for place in range(self.one_of((0, 0, 2, 5))):
            self.survey_response(f"test:response {key} {place}", self.one_of(references), key)
        for place in range(self.one_of((0, 1, 2))):
            self.opportunity(f"test:opportunity {key} {place}", account_id)
        for place in range(self.one_of((0, 0, 1, 3))):
            self.touch(f"test:touch {key} {place}", account_id)
        if self.chance(0.6):
            self.usage(key, self.one_of(references[:2] + references[3:]))
        for place in range(self.one_of((0, 0, 0, 1, 4))):
            self.support_case(f"test:case {key} {place}", account_id)

    def billing_customer(self, billing_customer_id: str, account_id: str) -> None:
        """A billing customer, mostly linked to its account; at times nobody knows it."""
        kind = self.one_of(("linked",) * 7 + ("alone", "dangling", "moved", "absent"))
        email = self.one_of((f"{billing_customer_id}@x.example".replace(" ", ""), None))
        if kind != "absent":
            linked_to = {"linked": account_id, "dangling": f"test:gone {account_id}"}.get(kind)
            country = self.one_of(("FR", None))
            row = BillingCustomer(billing_customer_id, linked_to, country, email=email)
            self.add("billing_customers", row)
        if kind == "moved":
            moved_to = self.one_of((account_id, f"test:elsewhere {account_id}"))
            self.add("customer_links", CustomerLink(billing_customer_id, moved_to))

    def subscription(
        self, subscription: tuple[str, str], currency: str, contract_ids: Sequence[str | None]
    ) -> None:
        """A subscription with its items, discounts and, at times, its cancellation."""
        subscription_id = subscription[0]
        for number in range(self.one_of((1, 1, 2, 3))):
            self.item(f"{subscription_id}{number}", subscription, currency, contract_ids)
        if self.chance(0.15):
            self.add(
                "subscription_discounts",
                SubscriptionDiscount(
                    f"{subscription_id} discount",
                    subscription_id,
                    valid_from=self.one_of(self.past),
                    percent_off=self.one_of((Decimal(10), Decimal("33.333333"), Decimal(100))),
                ),
            )
        if self.chance(0.5):
            cancelled_on = self.one_of(self.past)
            self.add(
                "cancellations",
                Cancellation(
                    subscription_id,
                    cancelled_on,
                    self.one_of((None, cancelled_on, self.as_of_on)),
                    self.one_of(REASONS),
                    self.one_of((True, False, None)),
                ),
            )

    def item(
        self,
        item_id: str,
        subscription: tuple[str, str],
        currency: str,
        contract_ids: Sequence[str | None],
    ) -> None:
        """The intervals of an item: on, off, on again, for another product or price."""
        choice = self.days if self.chance(0.7) else self.other_days
        cuts = sorted(self.random.sample(choice, self.one_of((1, 2, 2, 3, 4, 5))))
        product_id = self.one_of(PRODUCT_IDS)
        contract_id = self.one_of(contract_ids)
        unit, count = self.one_of(INTERVALS)
        for index, (valid_from, valid_to) in enumerate(pairwise((*cuts, None))):
            what = self.one_of(("on",) * 8 + ("off",) * 3 + ("gap", "product", "currency"))
            if what == "gap":
                continue
            if what == "product":
                product_id = self.one_of(PRODUCT_IDS)
            if what == "currency":
                currency = self.one_of(CURRENCIES)
            if valid_to is None and self.chance(0.4):
                valid_to = self.day_near(self.one_of(self.days))
                valid_to = valid_to if valid_to > valid_from else None
            self.add(
                "subscription_items",
                SubscriptionItem(
                    f"{item_id}:{index}",
                    item_id,
                    *subscription,
                    product_id,
                    valid_from,
                    valid_to,
                    unit_amount=Decimal(self.one_of(UNIT_AMOUNTS)),
                    quantity=Decimal(self.one_of((1, 1, 1, 2, 7))),
                    currency=currency,
                    billing_interval=unit,
                    billing_interval_count=count,
                    status=self.one_of(OFF if what == "off" else ON),
                    contract_id=contract_id,
                ),
            )

    # -- contracts ---------------------------------------------------------------------

    def contracts(self, account_id: str, home: str) -> list[str | None]:
        """An account's contracts, one after another or beside each other."""
        ids: list[str | None] = [None, None]
        previous: list[str | None] = [None]
        known_as = account_id if self.chance(0.95) else self.one_of((None, "test:no account"))
        for number in range(self.one_of((0, 1, 2, 3, 4))):
            contract_id = f"test:contract {account_id[13:]} {number}"
            ends = self.one_of((*self.days, self.day_near(self.as_of_on)))
            ends = self.one_of((ends, ends, ends + timedelta(days=89), ends + timedelta(days=90)))
            term = self.one_of((12, 12, 12, 6, 36, 7, 1))
            starts = add_months(ends, -term)
            previous_id = self.one_of(previous)
            is_draft = self.chance(0.08)
            is_blank = is_draft and self.chance(0.5)
            status = "draft" if is_draft else self.one_of(CONTRACT_STATUSES)
            terminated_on = None
            if status == "terminated" and self.chance(0.8):
                terminated_on = min(self.day_near(ends), self.as_of_on)
            self.add(
                "contracts",
                Contract(
                    contract_id,
                    None if is_blank else ends,
                    self.one_of((True, True, False, None)),
                    known_as,
                    previous_contract_id=previous_id,
                    signed_on=self.one_of((None, starts, self.day_near(starts))),
                    service_start_on=None if is_blank else starts,
                    contract_months=None if is_blank else term,
                    amount=None if is_blank else Decimal(self.one_of(CONTRACT_AMOUNTS)),
                    currency=None if is_blank else home if self.chance(0.85) else "CNY",
                    status=status,
                    terminated_on=terminated_on,
                ),
            )
            previous.append(contract_id)
            ids.append(contract_id)
        return ids

    # -- voices ------------------------------------------------------------------------

    def payment(self, payment_id: str, billing_customer_id: str) -> None:
        """An attempt to collect."""
        paid_on = min(self.day_near(self.one_of(self.past)), self.as_of_on)
        self.add(
            "payments",
            Payment(
                payment_id,
                billing_customer_id if self.chance(0.97) else None,
                f"{paid_on} 01:00:0{self.random.randrange(3)}",
                paid_on,
                self.one_of(("succeeded", "failed", "failed", "pending")),
            ),
        )

    def survey_response(self, response_id: str, reference: str | None, key: str) -> None:
        """An answer, or none, to a question of one of the scales."""
        survey_type, lowest, highest, satisfied_from = self.one_of(SCALES)
        score = None
        if highest is not None and self.chance(0.8):
            score = Decimal(self.random.randint(lowest, highest + self.chance(0.05)))
        responded_on = min(self.day_near(self.one_of(self.past), 91), self.as_of_on)
        is_dated = self.chance(0.95)
        self.add(
            "survey_responses",
            SurveyResponse(
                response_id,
                survey_type,
                score,
                f"{responded_on} 01:00:0{self.random.randrange(3)}" if is_dated else None,
                responded_on if is_dated else None,
                reference,
                self.one_of((None, f"test:billing{key}0@x.example")),
                lowest,
                highest,
                satisfied_from,
            ),
        )

    def usage(self, key: str, reference: str) -> None:
        """A customer's use of the product, week by week for some time."""
        starts = self.one_of(self.past)
        licensed = self.one_of((0, 1, 10, 10, 10, 30))
        for week in range(self.one_of((1, 10, 25))):
            used_on = starts + timedelta(weeks=week)
            if used_on <= self.as_of_on:
                usage_id = f"test:usage {key} {week}"
                active = self.random.randint(licensed // 3, licensed)
                self.add(
                    "product_usage", ProductUsage(usage_id, reference, used_on, active, licensed)
                )

    def support_case(self, case_id: str, account_id: str) -> None:
        """A case, mostly a complaint."""
        concerned = account_id if self.chance(0.95) else None
        opened_on = min(self.day_near(self.one_of(self.past)), self.as_of_on)
        self.add("support_cases", SupportCase(case_id, concerned, opened_on, self.chance(0.7)))

    # -- what it cost to win ------------------------------------------------------------

    def opportunity(self, opportunity_id: str, account_id: str) -> None:
        """A deal, won or not."""
        closed_on = self.one_of(self.past)
        is_won = self.chance(0.7)
        campaign_id = f"test:campaign {self.random.randrange(14)}" if self.chance(0.7) else None
        self.add(
            "opportunities",
            Opportunity(
                opportunity_id,
                account_id,
                closed_on,
                self.one_of(("new", "new", "expansion", "renewal", None)),
                campaign_id,
                amount=Decimal("1200.00"),
                currency="CNY",
                contract_months=12,
                is_won=is_won,
            ),
        )

    def touch(self, touch_id: str, account_id: str) -> None:
        """A campaign that reached somebody of the account."""
        touched_on = self.one_of(self.past)
        if self.chance(0.3):
            touched_on -= timedelta(days=self.one_of((360, 364, 365, 366)))
        campaign_id = f"test:campaign {self.random.randrange(14)}"
        self.add(
            "campaign_touches",
            CampaignTouch(touch_id, campaign_id, account_id, self.chance(0.5), touched_on),
        )

    def costs(self) -> None:
        """What winning customers cost: of most channels and months, with corrections."""
        this_month = self.as_of_on.replace(day=1)
        for back in range(-1, 22):
            month_start = add_months(this_month, -back)
            for channel in CHANNELS[:-1]:
                for number in range(self.one_of((0, 1, 1, 2))):
                    cost_id = f"test:cost {month_start} {channel} {number}"
                    amount = Decimal(self.one_of(("1000.00", "333.33", "0.01", "-50.00", "0.00")))
                    currency = self.one_of(CURRENCIES)
                    self.add(
                        "acquisition_costs",
                        AcquisitionCost(cost_id, month_start, channel, amount, currency),
                    )

    def margins(self) -> None:
        """Margins of some product lines, from some month on."""
        this_month = self.as_of_on.replace(day=1)
        for line in ("platform", "analytics", "unused"):
            for back in self.random.sample(range(-1, 20), self.one_of((0, 1, 3))):
                month_start = add_months(this_month, -back)
                rate = Decimal(self.one_of(("0.75", "0.333333", "1", "0", "-0.2")))
                self.add(
                    "gross_margins",
                    GrossMargin(f"test:margin {line} {month_start}", line, month_start, rate),
                )


MRR_TABLES = (
    "subscription_items",
    "subscription_discounts",
    "billing_customers",
    "accounts",
    "contracts",
    "customer_links",
)
CONTRACT_AMOUNTS = ("12000.00", "12000.00", "14400.00", "100.00", "0.01", "0.00", "999999.99")
CONTRACT_STATUSES = ("activated",) * 4 + ("expired", "terminated", "terminated")


def companies(settings: Settings, customer_count: int) -> st.SearchStrategy[InventedCompany]:
    """Companies of so many customers under some settings, known up to one of some days."""

    def invent(number: int) -> InventedCompany:
        random = Random(number)
        as_of_on = AS_OF_DAYS[number % len(AS_OF_DAYS)]
        company = Inventor(random, as_of_on).company(customer_count)
        return InventedCompany(company, settings._replace(as_of_on=as_of_on))

    return st.integers(0, 2**32).map(invent)
