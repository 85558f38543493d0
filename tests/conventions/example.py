"""A made-up project that keeps every house rule: what the faults are planted in.

It is small, so that a planted fault is the only thing a rule can find, and it is made anew for
each fault. Nothing here is run by an engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .project import Project

SOURCES_YAML = "models/staging/acme/_acme__sources.yml"
SUMMED_SQL = "models/intermediate/revenue/int_payments_summed.sql"
MART_SQL = "models/marts/revenue/fct_payments_by_month.sql"
MACRO_SQL = "macros/month_start.sql"
SEEDS_YAML = "seeds/reference/_reference__seeds.yml"


def example_project() -> Project:
    """One payment table on its way from the landing folder to a mart."""
    project = Project(
        {
            "nodes": {},
            "sources": {},
            "unit_tests": {},
            "macros": {},
            "semantic_models": {},
            "metrics": {},
        },
        {
            ".sqlfluff": "[sqlfluff]\nexclude_rules = structure.column_order\n",
            ".sqlfluffignore": ".venv/\nmacros/\n",
            "requirements.lock": "click==8.1.8 \\\n    --hash=sha256:00\n",
            "orchestration/places.py": "ratio = 1 / 2\n",
            "models/exposures.yml": "version: 2\n",
        },
    )
    source = add_source(project, "acme", "payment")
    as_of = add_model(project, "models/staging/as_of.sql", [])
    seed = add_seed(project)
    base = add_model(
        project, "models/staging/base/acme/base_acme__payment.sql", [source, as_of, seed]
    )
    staged = add_model(project, "models/staging/acme/stg_acme__payment.sql", [base])
    adapter = add_model(project, "models/adapters/acme/acme__payments.sql", [staged])
    payments = add_model(project, "models/input/input_payments.sql", [adapter])
    summed = add_model(project, SUMMED_SQL, [payments, as_of, seed])
    project.files[SUMMED_SQL] = "select sum(amount) as amount from payments group by month_start"
    add_model(project, MART_SQL, [summed])
    add_unit_test(project, "int_payments_summed", "payments_of_one_month_add_up")
    add_metric(project, "paid")
    add_macro(project, MACRO_SQL, "month_start", "day")
    add_macro(project, MACRO_SQL, "spark__month_start", "day", description="")
    return project


def add_source(project: Project, source: str, table: str, path: str = SOURCES_YAML) -> str:
    """Declare a source table; returns its unique id."""
    key = f"source.quotamart.{source}.{table}"
    project.manifest["sources"][key] = {
        "unique_id": key,
        "resource_type": "source",
        "source_name": source,
        "name": table,
        "original_file_path": path,
    }
    project.files[path] = "version: 2\n"
    return key


def add_model(project: Project, path: str, parents: list[str]) -> str:
    """Add a model with its YAML and a key test; returns its unique id."""
    name = Path(path).stem
    key = f"model.quotamart.{name}"
    yaml = path.removesuffix(".sql") + ".yml"
    project.files[path] = "select amount from payments"
    project.files[yaml] = f"version: 2\nmodels:\n  - name: {name}\n"
    project.manifest["nodes"][key] = {
        "unique_id": key,
        "resource_type": "model",
        "name": name,
        "original_file_path": path,
        "patch_path": f"quotamart://{yaml}",
        "description": "**Grain:** one row per month.\n**Unit:** CNY. **Source:** payments.",
        "config": {"contract": {"enforced": True}},
        "constraints": [{"type": "primary_key", "columns": ["month_start"]}],
        "columns": {
            "month_start": column("month_start", "date", "First day of the month."),
            "amount": column("amount", "decimal(18, 2)", "Paid before refunds."),
        },
        "depends_on": {"nodes": parents},
    }
    add_data_test(project, name, "unique_key", columns=["month_start"])
    return key


def add_seed(project: Project) -> str:
    """Add a seed of currencies; returns its unique id."""
    key = "seed.quotamart.currencies"
    project.files["seeds/reference/currencies.csv"] = "currency_code\nCNY\n"
    project.files[SEEDS_YAML] = "version: 2\n"
    project.manifest["nodes"][key] = {
        "unique_id": key,
        "resource_type": "seed",
        "name": "currencies",
        "original_file_path": "seeds/reference/currencies.csv",
        "patch_path": f"quotamart://{SEEDS_YAML}",
        "description": "**Grain:** one row per currency.",
        "config": {"column_types": {"currency_code": "string"}},
        "columns": {"currency_code": column("currency_code", None, "ISO 4217, upper case.")},
    }
    return key


def add_data_test(project: Project, model: str, name: str, **arguments: Any) -> None:
    """Add a generic data test to a model."""
    key = f"test.quotamart.{name}_{model}"
    project.manifest["nodes"][key] = {
        "unique_id": key,
        "resource_type": "test",
        "name": f"{name}_{model}",
        "original_file_path": "models/some.yml",
        "attached_node": f"model.quotamart.{model}",
        "test_metadata": {"name": name, "kwargs": arguments},
        "config": {"severity": "error"},
    }


def add_unit_test(project: Project, model: str, name: str) -> None:
    """Add a unit test to a model."""
    project.manifest["unit_tests"][name] = {"name": name, "model": model}


def add_macro(
    project: Project, path: str, name: str, arguments: str, description: str = "First of the month."
) -> None:
    """Add a macro to a file; a description documents its arguments too."""
    sql = f"{{% macro {name}({arguments}) -%}} {name} {{%- endmacro %}}\n"
    project.files[path] = project.files.get(path, "") + sql
    names = [argument.split("=")[0].strip() for argument in arguments.split(",") if argument]
    project.manifest["macros"][f"macro.quotamart.{name}"] = {
        "name": name,
        "original_file_path": path,
        "macro_sql": sql,
        "description": description,
        "patch_path": "quotamart://macros/_macros.yml" if description else None,
        "arguments": [
            {"name": argument, "type": "date expression", "description": "A day."}
            for argument in names
            if description
        ],
    }


def add_metric(project: Project, name: str) -> None:
    """Add a metric on the mart's amount, with a semantic model of its own."""
    folder = str(Path(MART_SQL).parent)
    project.manifest["semantic_models"][name] = {
        "name": f"{name}_by_month",
        "original_file_path": f"{folder}/_revenue__semantic_models.yml",
        "node_relation": {"alias": Path(MART_SQL).stem},
        "depends_on": {"nodes": [f"model.quotamart.{Path(MART_SQL).stem}"]},
        "entities": [],
        "dimensions": [{"name": "month_start", "expr": None}],
        "measures": [{"name": f"{name}_in_month", "agg": "sum", "expr": "amount"}],
    }
    project.manifest["metrics"][name] = {
        "name": name,
        "label": "Paid",
        "description": "Payments received in the month.",
        "original_file_path": f"{folder}/_revenue__metrics.yml",
        "type": "simple",
        "filter": None,
        "type_params": {
            "measure": {"name": f"{name}_in_month"},
            "input_measures": [{"name": f"{name}_in_month"}],
        },
        "config": {
            "meta": {
                "term_zh": "回款",
                "excludes": "Refunds.",
                "aggregates": "Adds up over time.",
                "equals": {"mart": Path(MART_SQL).stem, "value": "amount"},
            }
        },
    }


def column(name: str, data_type: str | None, description: str, **meta: Any) -> dict[str, Any]:
    """A column as the manifest describes it."""
    return {
        "name": name,
        "data_type": data_type,
        "description": description,
        "config": {"meta": meta},
    }
