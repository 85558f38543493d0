"""What the columns of the landed tables are for, written down once more beside the SQL.

It says what must become of a value, so it is written from what the source YAMLs say of a column
and from what is done with it, and never from a reject rule. A column that is not named here is a
text that is kept as it is where it is a string, and nobody's business otherwise.
"""

import re

# `column:role`, and an exclamation mark where a row cannot be used without a value.
#   reference  a key of something else; an orphan is no fault
#   word       a wording of the vendor's; one that nobody mapped is no fault
#   choice     one of the vendor's closed list
#   flag       true or false
#   amount     money, never negative; signed: money that may be
#   count      a whole number, never negative; months: how many of them
#   quantity   how many are sold
#   percent    0 to 100; share: a fraction as text; score: an answer
#   past       a moment that lies before the row's arrival; day: of which only the day is known
#   date       a day or moment that may be ahead, by years and not by centuries
#   until      until when a version held; far ahead where it is in force
#   date_text, month_text, amount_text, count_text: the same as text
_ROLES = {
    "salesforce/account": "number_of_employees:count created_date:past",
    "salesforce/account_history": (
        "owner_id:reference! _fivetran_start:past! _fivetran_end:until _fivetran_active:flag!"
    ),
    "salesforce/account_team_member": (
        "account_id:reference! user_id:reference! team_member_role:word! created_date:past!"
    ),
    "salesforce/campaign": (
        "actual_cost:amount currency_iso_code:currency! start_date:date end_date:date"
    ),
    "salesforce/campaign_member": (
        "campaign_id:reference! created_date:past! first_responded_date:day"
    ),
    "salesforce/case": "created_date:past! closed_date:past",
    "salesforce/contact": "account_id:reference",
    "salesforce/contract": (
        "status:choice! start_date:date! end_date:date contract_term:months! "
        "customer_signed_date:day currency_iso_code:currency! total_contract_value_c:amount!"
    ),
    "salesforce/event": "owner_id:reference! start_date_time:date! created_date:past",
    "salesforce/lead": (
        "status:word! created_date:past! converted_date:day trial_started_c:date "
        "number_of_employees:count"
    ),
    "salesforce/lead_history": (
        "status:word! _fivetran_start:past! _fivetran_end:until _fivetran_active:flag!"
    ),
    "salesforce/opportunity": (
        "amount:amount! currency_iso_code:currency! contract_months_c:months stage_name:word! "
        "is_closed:flag! is_won:flag! probability:percent created_date:past! close_date:date!"
    ),
    "salesforce/opportunity_contact_role": (
        "opportunity_id:reference! contact_id:reference! created_date:past!"
    ),
    "salesforce/opportunity_history": (
        "opportunity_id:reference! stage_name:word! amount:amount currency_iso_code:currency "
        "probability:percent close_date:date created_date:past!"
    ),
    "salesforce/opportunity_line_item": (
        "opportunity_id:reference! product_2_id:reference! total_price:signed! quantity:quantity"
    ),
    "salesforce/opportunity_partner": "opportunity_id:reference! account_to_id:reference!",
    "salesforce/opportunity_split": (
        "opportunity_id:reference! split_owner_id:reference! split_type_id:choice! "
        "split_percentage:percent!"
    ),
    "salesforce/opportunity_split_type": "is_total_validated:flag!",
    "salesforce/opportunity_version": (
        "stage_name:word! amount:amount currency_iso_code:currency! probability:percent "
        "close_date:date _fivetran_start:past! _fivetran_end:until _fivetran_active:flag!"
    ),
    "salesforce/product_2": "",
    "salesforce/referral_c": (
        "referred_account_c:reference! referrer_account_c:reference! created_date:past"
    ),
    "salesforce/task": (
        "owner_id:reference! activity_date:date completed_date_time:past created_date:past"
    ),
    "salesforce/user": "",
    "stripe/charge": (
        "amount:amount! amount_refunded:amount currency:currency! status:choice! created:past!"
    ),
    "stripe/coupon": (
        "percent_off:percent amount_off:amount currency:currency duration:choice! "
        "duration_in_months:months created:past"
    ),
    "stripe/credit_note": "amount:amount! currency:currency! status:choice! created:past!",
    "stripe/customer": "currency:currency created:past",
    "stripe/discount": "coupon_id:reference! start:date! end:date",
    "stripe/invoice": (
        "currency:currency! status:choice! subtotal:signed tax:signed total:signed! "
        "amount_paid:amount amount_remaining:amount created:past! due_date:date"
    ),
    "stripe/invoice_line_item": (
        "type:choice! quantity:count amount:signed! currency:currency! "
        "period_start:date! period_end:date!"
    ),
    "stripe/price": (
        "currency:currency! unit_amount:amount type:choice! recurring_interval:choice! "
        "recurring_interval_count:months recurring_usage_type:choice created:past"
    ),
    "stripe/product": "created:past",
    "stripe/refund": "amount:amount! currency:currency! status:choice! created:past!",
    "stripe/subscription_history": (
        "customer_id:reference! status:choice! _fivetran_start:past! start_date:date! "
        "current_period_end:date cancel_at:date canceled_at:past ended_at:date trial_end:date "
        "created:past"
    ),
    "stripe/subscription_item": (
        "subscription_id:reference! plan_id:reference! quantity:count created:past "
        "current_period_start:date"
    ),
    "qualtrics/survey": "",
    "qualtrics/question": "",
    "qualtrics/survey_response": "start_date:past end_date:past recorded_date:past!",
    "qualtrics/question_response": "response_id:reference! question_id:reference! value:score",
    "flat_usage/product_usage": (
        "day:date_text! active_users:count_text! licensed_users:count_text!"
    ),
    "flat_finance/acquisition_cost": (
        "month:month_text! channel:word! amount:amount_text! currency:currency!"
    ),
    "flat_finance/gross_margin": "month:month_text! gross_margin:share!",
    "flat_projects/delivery": ("contract:choice! accepted_on:date_text! delivered_share:share!"),
}

ROLES: dict[str, dict[str, tuple[str, bool]]] = {
    table: {
        column: (role.rstrip("!"), role.endswith("!"))
        for column, role in re.findall(r"(\w+):(\w+!?)", text)
    }
    for table, text in _ROLES.items()
}

# Which rows are mutated, where a value is needed in some rows and not in others.
PREFERRED = {
    "salesforce/opportunity": {"is_won": True},
    "salesforce/contract": {"status": "Activated"},
    "stripe/price": {"type": "recurring"},
    "salesforce/task": {"is_closed": True},
}
