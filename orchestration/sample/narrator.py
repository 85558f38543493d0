"""Tells one customer's whole story, part by part."""

from . import (
    campaigns,
    contacts,
    credits,
    leads,
    meetings,
    offers,
    partners,
    projects,
    walks,
)
from .billing import Life
from .catalogue import Catalogue
from .customers import People
from .deals import Sales
from .invoicing import Invoicing
from .payments import Payments
from .plans import (
    first_plan,
    licences,
    return_plan,
    second_plan,
    settle_renewal,
    switch_period,
    switched_plan,
)
from .story import Deal, Ledger, Story, Subscription
from .streams import stream
from .support import cases
from .times import LAST_SYNC
from .voices import answers, tell_farewell


class Narrator:
    """Tells the stories of the customers of one seed and scale; each depends on its index only."""

    def __init__(self, seed: int, scale: float) -> None:
        self.seed = seed
        self.people = People(seed, scale)
        self.catalogue = Catalogue(seed)
        self.sales = Sales(self.people)
        self.partners = partners.partners(seed, scale, self.people.staff)

    def story(self, index: int) -> Story:
        """Return the story of the customer with that index."""
        customer = self.people.customer(index)
        ledger = Ledger(currencies=[(customer.created, customer.currency)])
        invoicing = Invoicing(self.seed, customer, ledger)

        def live(plan) -> Subscription:
            settle_renewal(self.seed, customer, plan)
            life = Life(self.seed, customer, self.catalogue, plan, ledger, invoicing).run()
            tell_farewell(self.seed, customer, life)
            return life

        plan = first_plan(self.seed, customer)
        if plan is not None:
            if not plan.contract_months:
                plan.periods = switch_period(self.seed, customer)
            lives = [live(plan)]
            second = second_plan(self.seed, customer)
            if second is not None and second.start <= LAST_SYNC and plan.start <= second.start:
                lives.append(live(second))
            first = lives[0]
            if plan.periods is not None and first.ended_at is not None and first.terms == []:
                switched = switched_plan(self.seed, customer, plan, first.ended_at)
                ledger.currencies.append((first.ended_at, switched.currency))
                live(switched)
            elif all(life.ended_at is not None for life in lives):
                back = return_plan(self.seed, customer, max(life.ended_at for life in lives))
                if back is not None and back.start <= LAST_SYNC:
                    live(back)
        self._sell_licences(customer, ledger, invoicing, plan is not None)
        deals, contracts = self.sales.of_customer(customer, ledger)
        staff = self.people.staff
        self.tell_of_deals(deals, "5g0", index)
        touches = campaigns.of_customer(self.seed, customer, deals, ledger)
        became = leads.of_deals(self.seed, staff, deals, touches, "5g0", index)
        return Story(
            customer,
            ledger,
            deals,
            contracts,
            answers(self.seed, customer, ledger),
            touches,
            cases(self.seed, customer, ledger),
            credits.account_team(self.seed, staff, customer, deals, ledger),
            partners.referrals_of_customer(self.people, self.partners, customer, deals),
            projects.deliveries(self.seed, customer, contracts),
            walks.strays(self.seed, deals, "5g0", index),
            became,
        )

    def tell_of_deals(self, deals: list[Deal], pod: str, owner: int) -> None:
        """Tell how deals went, who is credited, with whom they are sold and who met about them."""
        staff = self.people.staff
        walks.walk(self.seed, staff, deals, pod, owner)
        offers.offer(self.seed, deals, pod, owner)
        credits.share_deals(self.seed, staff, deals, pod, owner)
        partners.sell_with_partners(self.seed, self.partners, deals, pod, owner)
        meetings.hold_meetings(self.seed, staff, deals, pod, owner)
        contacts.keep_contact(self.seed, deals, pod, owner)

    def _sell_licences(self, customer, ledger: Ledger, invoicing: Invoicing, has_plan) -> None:
        payments = Payments(self.seed, customer, 63, ledger)
        rng = stream(self.seed, "licence discount", customer.index)
        for when, product, quantity in licences(self.seed, customer, has_plan):
            if when > LAST_SYNC:
                continue
            price = self.catalogue.price(product, customer.currency, "once", when)
            invoice = invoicing.write(
                None,
                customer.currency,
                "manual",
                when,
                (when, when),
                [invoicing.licence_line(price, quantity, when)],
                [],
            )
            payments.collect(invoice, False, customer.kind != "consumer" and rng.random() < 0.8)
