"""A small folder of rules that nothing is wrong with: what the faults are planted in.

Here: the rows, and writing them. Not here: faults, which stand beside what they break.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import Settings
from tests.conftest import PROJECT

# Two reps under a manager, one of whom came back from leave, and a partner company.
SOUND = {
    "roles.csv": """\
role_code,role_name
rep,Sales representative
manager,Sales manager
engineer,Sales engineer
""",
    "payees.csv": """\
payee_id,payee_type,user_id,partner_id,pay_currency,joined_on,left_on
p001,employee,crm:1,,CNY,2026-01-01,
p002,employee,crm:2,,CNY,2026-02-10,2026-06-01
p003,employee,crm:3,,CNY,2026-01-01,
p004,partner,,crm:9,USD,2026-01-01,
""",
    "payee_assignments.csv": """\
payee_id,valid_from,valid_to,plan_code,team_code,role_code,manager_payee_id,is_on_leave
p001,2026-01-01,2026-02-01,rep,north,rep,p003,false
p001,2026-02-01,2026-03-01,rep,north,rep,p003,true
p001,2026-03-01,,rep,north,rep,p003,false
p002,2026-02-10,2026-06-01,rep,north,rep,p003,false
p003,2026-01-01,,lead,north,manager,,false
p004,2026-01-01,,partner,partners,rep,,false
""",
    "plans.csv": """\
plan_code,valid_from,valid_to,plan_version,currency,rate_type
rep,2026-01-01,2026-04-01,1,CNY,budget
rep,2026-04-01,,2,CNY,budget
lead,2026-01-01,,1,CNY,budget
partner,2026-01-01,,1,CNY,month
""",
    "plan_components.csv": """\
plan_code,component_code,valid_from,valid_to,measure,window_type,mode,evaluation,tier_basis,rate,amount,unit_size,is_pro_rata,attainment_cap,cliff_from,cliff_mode,floor_amount,release_on,release_days,is_cap_refundable,attainment_after_clawback,is_interim,is_incremental,answer_count_from,anniversary_from
rep,commission,2026-01-01,2026-04-01,new_business,quarter,marginal,period_to_date,attainment,,,,false,,0.5,first_unit,,cash,,false,keep,false,true,,
rep,commission,2026-04-01,,new_business,quarter,marginal,period_to_date,attainment,,,,false,,,,,cash,,false,keep,false,true,,
rep,signing_bonus,2026-01-01,,new_business,month,flat,per_event,,0.01,,,false,,,,,event,,false,keep,true,true,,
rep,units,2026-01-01,,unit_sales,month,per_unit,period_to_date,units,,150.00,100,true,,,,,days,30,false,keep,false,false,,
rep,loyalty,2026-01-01,,profit,year,flat,per_event,,0.1,,,false,,,,,event,,false,keep,false,false,,3
lead,kpi_bonus,2026-01-01,,kpi,quarter,interpolated,period_to_date,score,,,,false,,,,,event,,false,keep,false,false,,
lead,override,2026-01-01,,team_sales,year,flat,per_event,,0.01,,,false,,,,,event,,false,keep,false,false,,
lead,pool,2026-01-01,,customer_value,quarter,flat,per_event,,1,,,false,,,,,event,,false,keep,false,false,,
partner,rebate,2026-01-01,,collected,month,flat,per_event,,0.05,,,false,,,,,event,,false,keep,false,false,,
""",
    "rate_tiers.csv": """\
plan_code,component_code,valid_from,tier_from,tier_to,rate,amount_at_from
rep,commission,2026-01-01,0,1,0.08,
rep,commission,2026-01-01,1,1.5,0.12,
rep,commission,2026-01-01,1.5,,0.15,
rep,commission,2026-04-01,0,,0.1,
lead,kpi_bonus,2026-01-01,0,1,,0.00
lead,kpi_bonus,2026-01-01,1,,,24000.00
""",
    "clawback_rules.csv": """\
plan_code,component_code,valid_from,valid_to,clawback_trigger,method,months,unpaid_days,scope
rep,commission,2026-01-01,,churn,linear,12,,contract
rep,signing_bonus,2026-01-01,,refund,full,6,,contract
rep,signing_bonus,2026-01-01,,unpaid_days,full,,90,contract
""",
    "credit_rules.csv": """\
component_code,event_type,credit_source,credit_kind,role_code,credit_percent,override_depth,includes_own,product_line,opportunity_type,valid_from,valid_to
commission,booking,opportunity_split,revenue,,1,,,,new,2026-01-01,
commission,booking,role_on_account,overlay,engineer,0.5,,,,new,2026-01-01,
loyalty,customer_anniversary,account_owner_on_event_day,revenue,,1,,,,,2026-01-01,
override,booking,manager_override,override,,1,direct,false,,,2026-01-01,
rebate,cash,partner,revenue,,1,,,,,2026-01-01,
signing_bonus,booking,opportunity_split,revenue,,1,,,Suite,,2026-01-01,
signing_bonus,booking,opportunity_owner,revenue,,1,,,Box,,2026-01-01,
units,units,account_owner_on_event_day,revenue,,1,,,,,2026-01-01,
""",
    "quotas.csv": """\
payee_id,measure,period_type,period_start,amount,currency
p001,new_business,quarter,2026-01-01,300000.00,CNY
p001,new_business,quarter,2026-04-01,300000.00,CNY
p002,new_business,month,2026-02-01,100000.00,CNY
p002,new_business,month,2026-03-01,100000.00,CNY
p002,new_business,quarter,2026-04-01,300000.00,CNY
""",
    "quota_ramps.csv": """\
payee_id,measure,valid_from,valid_to,ramp_share,guaranteed_attainment
p002,new_business,2026-02-10,2026-03-01,0,0.8
p002,new_business,2026-03-15,2026-04-01,0.5,
""",
    "payout_caps.csv": """\
cap_scope,plan_code,component_code,payee_id,period_type,amount,currency,valid_from,valid_to
component,rep,commission,,quarter,200000.00,CNY,2026-01-01,
plan,rep,,,year,900000.00,CNY,2026-01-01,
payee,,,p001,year,800000.00,CNY,2026-01-01,
""",
    "draws.csv": """\
draw_id,payee_id,valid_from,valid_to,amount,currency,is_recoverable,recovery_rate
d1,p002,2026-03-01,2026-06-01,8000.00,CNY,true,0.5
""",
    "draw_components.csv": """\
draw_id,component_code
d1,commission
""",
    "pay_adjustments.csv": """\
adjustment_id,payee_id,component_code,effective_on,amount,currency,reason_code,requested_by,approved_by,approved_on,measure
a1,p001,commission,2026-04-20,-500.00,CNY,correction,sales_operations,finance_lead,2026-04-21,
""",
    "payout_pools.csv": """\
pool_id,component_code,period_type,period_start,segment,target_amount,pool_share,currency
g1,pool,quarter,2026-01-01,Enterprise,1000000.00,0.02,CNY
""",
    "payout_pool_shares.csv": """\
pool_id,payee_id,weight
g1,p003,1
""",
    "scores.csv": """\
payee_id,measure,period_type,period_start,score
p003,kpi,quarter,2026-01-01,0.95
""",
    "retroactive_approvals.csv": """\
seed_name,row_key,requested_by,approved_by,approved_on,reason
""",
}
REFERENCE = {
    "currencies.csv": """\
currency_code,currency_name,minor_unit_digits
CNY,Chinese yuan,2
JPY,Japanese yen,0
USD,United States dollar,2
""",
    "exchange_rates.csv": """\
from_currency,to_currency,rate_type,published_on,rate
USD,CNY,budget,2026-01-01,7.1
CNY,USD,budget,2025-12-20,0.14
USD,CNY,month,2026-01-31,7.0
CNY,USD,month,2026-01-31,0.14
""",
}
VARS = {"fiscal_year_start_month": 1}


def sound_project(root: Path) -> Settings:
    """A project folder that holds these rules, the project's YAML and nothing else."""
    compensation = root / "seeds" / "compensation"
    reference = root / "seeds" / "reference"
    for folder, files in ((compensation, SOUND), (reference, REFERENCE)):
        folder.mkdir(parents=True)
        name = f"_{folder.name}__seeds.yml"
        declared = PROJECT / "seeds" / folder.name / name
        (folder / name).write_text(declared.read_text(encoding="utf-8"), encoding="utf-8")
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    (root / "dbt_project.yml").write_text(yaml.safe_dump({"vars": VARS}), encoding="utf-8")
    return Settings.from_environment({}, root)


def changed(text: str, old: str, new: str) -> str:
    """The text with one place changed; a fault that plants nothing is an error."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in:\n{text}"
    return text.replace(old, new)


def edit(settings: Settings, file: str, old: str, new: str) -> None:
    """Change one place in a file."""
    folder = "reference" if file in REFERENCE else "compensation"
    path = settings.project_dir / "seeds" / folder / file
    path.write_text(changed(path.read_text(encoding="utf-8"), old, new), encoding="utf-8")


def with_vars(**more: Any) -> Mapping[str, Any]:
    """The vars of the small project, and more."""
    return {**VARS, **more}
