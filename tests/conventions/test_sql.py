"""House rules on what SQL may say: no clock, no double, no division, no dialect.

Here belong the rules that read SQL files as written, before dbt compiles them: what a macro
makes of an expression is the macro's affair, and the one place where dialects differ. Arguments
of macros are SQL too, so Jinja is read like the rest; only comments are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest

from .example import MACRO_SQL, MART_SQL, SUMMED_SQL, example_project
from .project import (
    Fault,
    Project,
    Rule,
    line_of,
    with_faults,
    with_names,
    without_comments,
)

LONGEST_MODEL = 120
MODELS = ("models/",)
MODELS_AND_TESTS = ("models/", "tests/data/")
ALL_SQL = (*MODELS_AND_TESTS, "macros/")

# Read the clock, roll dice, or pick whichever row comes first.
UNREPEATABLE = re.compile(
    r"\b(current_date|current_time|current_timestamp|localtime|localtimestamp|run_started_at"
    r"|sysdate|today|getdate|now|unix_timestamp|transaction_timestamp"
    r"|rand|randn|random|setseed|shuffle|tablesample|uuid|gen_random_uuid|uuidv[47]"
    r"|monotonically_increasing_id|any_value|modules\.datetime)\b",
    re.IGNORECASE,
)
INEXACT = re.compile(r"\b(double|double precision|float[48]?|real|avg|mean)\b", re.IGNORECASE)
QUOTIENT = re.compile(r"/")
# What the two engines do differently; each has a macro or a plain form that both read alike.
DIALECT = re.compile(
    r"\b(dbt\.\w+|date_?diff|date_?add|date_?sub|safe_cast|list_?agg|string_agg|group_concat"
    r"|concat|extract|dayofweek|dow|isodow|weekday|arg_max|arg_min|unnest|explode"
    r"|sha2(56)?|timezone|from_utc_timestamp|to_utc_timestamp|convert_timezone"
    r"|strftime|strptime|date_format|to_months|add_months|epoch|make_date|regexp_\w+|rlike"
    r"|to_json|from_json|json_(?!text\b)\w+|get_json_object|interval)(?=\s*\()"
    r"|\b(asof join|timestamptz|hugeint|varchar|ilike|div)\b|\binterval\s+'|\bexclude\s*\("
    r"|\blike\s+'[^']*\\|::",
    re.IGNORECASE,
)
TRY_CAST = re.compile(r"\btry_cast\b", re.IGNORECASE)
# A date_trunc is a timestamp on one engine and a date on the other, until it is cast.
BARE_DATE_TRUNC = re.compile(r"(?<!cast\()date_trunc\(|date_trunc\([^()]*\)(?! as date\))")
LITERAL_DATE = re.compile(r"'[0-9]{4}-[0-9]{2}|\b(date|timestamp)\s+'", re.IGNORECASE)
LITERAL_FRACTION = re.compile(r"(?<![\w.])[0-9]*\.[0-9]+\b")
# Text that the engine itself made of a number: there is no typing error to be found in it.
TRY_CASTS_OF_NUMBERS = {
    "models/staging/base/salesforce/base_salesforce__campaign.sql",
    "models/staging/base/salesforce/base_salesforce__contract.sql",
    "models/staging/base/salesforce/base_salesforce__opportunity.sql",
    "models/staging/base/salesforce/base_salesforce__opportunity_history.sql",
    "models/staging/base/salesforce/base_salesforce__opportunity_line_item.sql",
    "models/staging/base/salesforce/base_salesforce__opportunity_version.sql",
}
CHOSEN_ROWS = re.compile(r"\bselect\s+distinct\b|\bqualify\s+row_number\(", re.IGNORECASE)
# An asterisk that multiplies nothing: `select *`, `count(*)`, `rows.*`.
PROJECTION = re.compile(r"(\(|\.|\bselect|\bdistinct|,)\s*$", re.IGNORECASE)
WHOLE_NUMBER_BEFORE = re.compile(r"(?<![\w.])[0-9]+\s*$")
WHOLE_NUMBER_AFTER = re.compile(r"\s*[0-9]+(?![\w.])")
SIGN_BEFORE = re.compile(r"\bsign\((?:[^()]|\([^()]*\))*\)\s*$", re.IGNORECASE)


def models_are_short(project: Project) -> list[str]:
    """A model of more lines does more than one thing: some of it is another model."""
    return [
        f"{path} has {text.count(chr(10))} lines; {LONGEST_MODEL} are allowed."
        for path, text in project.sql(*MODELS)
        if text.count("\n") > LONGEST_MODEL
    ]


def results_are_repeatable(project: Project) -> list[str]:
    """Same files, same result: no clock, no chance. `as_of` says what day it is."""
    return _found(project, ALL_SQL, UNREPEATABLE.finditer)


def numbers_are_exact(project: Project) -> list[str]:
    """Doubles round and their sums depend on the order of rows; an average is a double."""
    return _found(project, MODELS_AND_TESTS, INEXACT.finditer)


def quotients_are_prorated(project: Project) -> list[str]:
    """A quotient of decimals is a double on one engine: `prorated` divides and rounds exactly."""
    return _found(project, MODELS_AND_TESTS, QUOTIENT.finditer)


def products_are_prorated(project: Project) -> list[str]:
    """A product of two decimals overflows on one engine and is rounded in silence on the other.

    A product with a whole number written out, or with a `sign()` before it, is exact on both.
    So every other asterisk between two expressions is an offence.
    """
    return _found(project, MODELS, _products)


def _products(sql: str) -> Iterable[re.Match[str]]:
    for asterisk in re.finditer(r"\*+", sql):
        before, after = sql[: asterisk.start()], sql[asterisk.end() :]
        if not (
            PROJECTION.search(before)
            or WHOLE_NUMBER_BEFORE.search(before)
            or WHOLE_NUMBER_AFTER.match(after)
            or SIGN_BEFORE.search(before)
        ):
            yield asterisk


def dialects_stay_in_macros(project: Project) -> list[str]:
    """The same model runs on both engines: what they do differently has one macro each."""
    return [
        *_found(project, MODELS_AND_TESTS, DIALECT.finditer),
        *_found(project, MODELS_AND_TESTS, BARE_DATE_TRUNC.finditer),
    ]


def text_is_typed_by_macros(project: Project) -> list[str]:
    """`try_cast` takes different texts on the two engines: `parsed_*` asks for one form first."""
    return [
        offence
        for offence in _found(project, MODELS_AND_TESTS, TRY_CAST.finditer)
        if offence.partition(":")[0] not in TRY_CASTS_OF_NUMBERS
    ]


def dates_and_rates_are_no_literals(project: Project) -> list[str]:
    """A date or a rate in SQL is a rule nobody can find: it is a var or a row of a seed."""
    return [
        *_found(project, MODELS, LITERAL_DATE.finditer),
        *_found(project, MODELS, LITERAL_FRACTION.finditer),
    ]


def steps_are_named_for_their_content(project: Project) -> list[str]:
    """`final` says only that something ends there; as a value it is a kind of close."""
    return _found(project, MODELS, re.compile(r"(?<!')\bfinal\b", re.IGNORECASE).finditer)


def dropped_rows_are_explained(project: Project) -> list[str]:
    """`select distinct` hides a join that doubled rows: a comment says which rows and why."""
    offences = []
    for path, text in project.sql(*MODELS):
        # A step is what stands between two closed CTEs, the comment above its name included.
        for step in re.split(r"(?m)^\),?$", text):
            if CHOSEN_ROWS.search(without_comments(step)) and "--" not in step:
                name = re.search(r"(\w+) as \(", step)
                offences.append(f"{path}: {name.group(1) if name else 'a step'} drops rows unsaid.")
    return offences


def _found(
    project: Project, folders: tuple[str, ...], find: Callable[[str], Iterable[re.Match[str]]]
) -> list[str]:
    offences = []
    for path, text in project.sql(*folders):
        sql = without_comments(text)
        for match in find(sql):
            line = line_of(sql, match.start())
            offences.append(
                f"{path}:{line}: {match.group()} in `{sql.splitlines()[line - 1].strip()}`"
            )
    return offences


def _saying(*statements: str, path: str = SUMMED_SQL) -> list[Fault]:
    return [lambda project, sql=sql: project.files.update({path: sql}) for sql in statements]


RULES: dict[Rule, list[Fault]] = {
    models_are_short: _saying("select 1\n" * 121),
    results_are_repeatable: [
        *_saying(
            "select current_date as today_on",
            "select now() as at",
            "select getdate() as at",
            "select random() as chance",
            "select uuid() as id",
            "select any_value(amount) as amount from payments",
            "select cast('{{ run_started_at }}' as timestamp) as at",
            "select '{{ modules.datetime.datetime.now() }}' as at",
        ),
        *_saying("select * from payments where paid_on > today()", path="tests/data/assert_x.sql"),
        *_saying("{% macro x() %} current_timestamp {% endmacro %}", path=MACRO_SQL),
    ],
    numbers_are_exact: _saying(
        "select cast(amount as double) as amount from payments",
        "select cast(amount as float) as amount from payments",
        "select cast(amount as real) as amount from payments",
        "select avg(amount) as amount from payments",
    ),
    quotients_are_prorated: [
        *_saying(
            "select amount / 12 as monthly_amount from payments",
            "select {{ prorated('amount', 'days/30') }} as amount from payments",
            "select days // 7 as week_count from payments",
        ),
        *_saying("select * from payments where amount / 2 > 1", path="tests/data/assert_x.sql"),
    ],
    products_are_prorated: _saying(
        "select amount * rate as amount from payments",
        "select amount*rate as amount from payments",
        "select (amount + tax_amount) * (1 + rate) as amount from payments",
        "select sum(amount) * quantity as amount from payments",
        "select amount * {{ var('rate') }} as amount from payments",
        "select amount\n    * rate as amount from payments",
        "select {{ prorated('amount * rate') }} as amount from payments",
        "select amount * 1.5 as amount from payments",
    ),
    dialects_stay_in_macros: _saying(
        "select datediff(paid_on, issued_on) as days from payments",
        "select date_diff('day', issued_on, paid_on) as days from payments",
        "select {{ dbt.datediff('issued_on', 'paid_on', 'month') }} as months from payments",
        "select {{ dbt.safe_cast('amount', 'int') }} as amount from payments",
        "select extract(dow from paid_on) as weekday from payments",
        "select concat(id, ':', currency) as key from payments",
        "select arg_max(amount, paid_on) as amount from payments",
        "select * from payments asof join rates using (paid_on)",
        "select unnest(lines) as line from payments",
        "select * exclude (amount) from payments",
        "select sha256(id) as key from payments",
        "select amount::int as amount from payments",
        "select paid_on + interval '1 day' as due_on from payments",
        "select id from payments where id like 'a\\_b'",
        "select date_trunc('month', paid_on) as month_start from payments",
        "select cast(date_trunc('month', paid_on) as timestamp) as month_start from payments",
    ),
    text_is_typed_by_macros: _saying("select try_cast(amount as int) as amount from payments"),
    dates_and_rates_are_no_literals: _saying(
        "select * from payments where paid_on >= '2026-01-01'",
        "select * from payments where paid_on >= date '2026-01-01'",
        "select {{ prorated('amount', '0.06') }} as tax_amount from payments",
        "select amount from payments where amount > .5",
    ),
    dropped_rows_are_explained: _saying(
        "select distinct customer_id from payments",
        "-- Why.\nwith a as (\n    select 1\n),\n\nb as (\n    select *\n    from a\n"
        "    qualify row_number() over (partition by id order by at) = 1\n)\n\nselect * from b",
    ),
    steps_are_named_for_their_content: _saying(
        "with final as (select 1 as one) select * from final"
    ),
}


@pytest.mark.parametrize("rule", **with_names(RULES))
def test_the_house_keeps(rule: Rule, house: Project) -> None:
    offences = rule(house)

    assert not offences, "\n".join(offences)


@pytest.mark.parametrize(("rule", "plant"), **with_faults(RULES))
def test_a_planted_fault_is_seen(rule: Rule, plant: Fault) -> None:
    example = example_project()
    assert not rule(example)

    plant(example)

    assert rule(example)


@pytest.mark.parametrize(
    "sql",
    [
        "-- Now and then a real quotient a / b of amount * rate.\nselect 1 as one",
        "{# avg(amount) / 2.5 #}\nselect 1 as one",
        "select count(*) as row_count, payments.* from payments",
        "select *, 1 as one from (select distinct * from payments) -- Two lands.",
        "select sign(sum(amount)) * share_amount as amount from payments",
        "select 12 * months + days * 10000 as day_count from payments",
        "select cast(date_trunc('quarter', paid_on) as date) as quarter_start from payments",
        "select cast(amount as decimal(18, 2)) as amount from payments",
        "select concat_ws('|', id, currency) as key from payments",
        "select landed._fivetran_synced as known_at from landed",
        "select sequence from closes where kind = 'final'",
    ],
)
def test_what_is_allowed_is_no_offence(sql: str) -> None:
    example = example_project()
    example.files.update({SUMMED_SQL: sql, MART_SQL: sql})

    assert not [offence for rule in RULES for offence in rule(example)]
