"""The command line. Each command is one call into the package; nothing is computed here.

Dagster, dbt, DuckDB and pyarrow are imported inside the commands that need them: `--help` and a
shell's completion should not wait for them.
"""

import json
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.files import CannotWrite, keep_private, written_whole
from orchestration.settings import Settings, SettingsError

if TYPE_CHECKING:
    from orchestration.compensation import PlansReport


class VarsType(click.ParamType):
    """dbt vars as YAML or JSON: `{mrr_paused: unchanged}`."""

    name = "YAML"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, Any]:
        """Read the mapping, or say that it is none."""
        import yaml

        try:
            read = yaml.safe_load(value) if isinstance(value, str) else value
        except yaml.YAMLError as error:
            self.fail(f"not YAML: {error}", param, ctx)
        if not isinstance(read, dict):
            self.fail("give a mapping, such as '{mrr_paused: unchanged}'", param, ctx)
        return read


class _PlainlyFailing(click.Group):
    """Commands whose disk is full, or whose folder is closed, say so without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CannotWrite as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_PlainlyFailing, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="quotamart")
def main() -> None:
    """A sales-performance warehouse: raw extracts to audited, published marts."""
    keep_private()


@main.command()
@click.option("--scale", type=float, default=0.1, show_default=True, help="1 = 10,000 customers.")
@click.option("--seed", type=int, default=7, show_default=True, help="Same seed, same rows.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; default: the landing folder.")
@click.option("--unreadable-file", is_flag=True, help="Add one truncated file.")
@click.option(
    "--compensation",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder: also write the seeds of pay of its people, names into the payroll map.",
)
def sample(
    scale: float, seed: int, out: Path | None, unreadable_file: bool, compensation: Path | None
) -> None:
    """Write the extracts of a made-up company, 36 months and a few days long."""
    from orchestration.sample import CompensationError, SampleError, generate, write_compensation

    settings = _settings()
    try:
        report = generate(out or settings.landing_dir, scale, seed, unreadable_file=unreadable_file)
        click.echo(str(report))
        if compensation:
            rules = settings.project_dir / "seeds" / "compensation"
            names = settings.payroll_map_path
            *seeds, names = write_compensation(compensation, names, rules, scale, seed)
            click.echo(f"Its people: {len(seeds)} seeds in {compensation}, their names in {names}.")
    except (CompensationError, SampleError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Source system, as its YAML names it.")
@click.option("--table", required=True, help="Table of the source.")
@click.option("--replica", is_flag=True, help="FILE is a full copy of a table changed in place.")
@click.option("--arrived-at", help="Arrival, ISO 8601, UTC unless it has a zone; default: now.")
@click.option("--force", is_flag=True, help="Land content that was landed before.")
def land(
    file: Path, source: str, table: str, replica: bool, arrived_at: str | None, force: bool
) -> None:
    """Bring FILE, CSV or Parquet, as one more batch of a declared table."""
    from orchestration.landing import LandingError, parsed_instant
    from orchestration.landing import land as land_file

    settings = _settings()
    try:
        batch = land_file(
            settings,
            _manifest(settings),
            file,
            source,
            table,
            replica=replica,
            arrived_at=parsed_instant(arrived_at) if arrived_at else None,
            force=force,
        )
    except LandingError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--arrived-at") from error
    click.echo(str(batch))


@main.command("check-plans")
@click.option(
    "--plans",
    type=click.Path(path_type=Path),
    help="Other CSV files; those that are not there are the project's.",
)
@click.option("--vars", "dbt_vars", type=VarsType(), default={}, help="dbt vars to check with.")
def check_plans_command(plans: Path | None, dbt_vars: dict[str, Any]) -> None:
    """Check the rules of pay: every error of every file, with its line and what to do.

    A build does the same before it starts. Other files than the project's are compared with no
    closed period.
    """
    report = _sound_plans(_settings(), dbt_vars, plans)
    click.echo(f"{report.file_count} files, {report.row_count:,} rows: every rule holds.")


def _sound_plans(
    settings: Settings, dbt_vars: dict[str, Any], plans: Path | None = None
) -> "PlansReport":
    """What the check of the rules says; exit code 1 with every finding where one does not hold."""
    from orchestration.compensation import PlansError, check_plans
    from orchestration.dbt_project import VarsError, project_vars

    try:
        report = check_plans(settings, project_vars(settings, dbt_vars), plans)
    except (PlansError, VarsError) as error:
        raise click.ClickException(str(error)) from error
    for problem in report.problems:
        click.echo(problem, err=True)
    if count := len(report.problems):
        raise click.ClickException(f"{count} error{'s' if count > 1 else ''} in the rules of pay.")
    return report


@main.command()
@click.option("--as-of", help="Build from what had arrived by then: ISO 8601, UTC.")
@click.option(
    "--target",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="spark builds and tests every model, and publishes nothing.",
)
@click.option("--vars", "dbt_vars", type=VarsType(), default={}, help="dbt vars of this build.")
@click.option(
    "--publish",
    "publish_anyway",
    is_flag=True,
    help="Publish also what other vars or an older --as-of made.",
)
def build(as_of: str | None, target: str, dbt_vars: dict[str, Any], publish_anyway: bool) -> None:
    """Check what landed, build and audit the warehouse, publish what passed.

    What other vars than the project's made, or an --as-of before the published one, is built and
    audited only: readers keep what they have.
    """
    from orchestration.dbt_project import VarsError, plain_vars, project_vars

    settings = _settings()
    given = {**dbt_vars, "as_of": as_of} if as_of else dbt_vars
    try:
        dbt_vars = plain_vars(given)
        project_vars(settings, dbt_vars)
    except VarsError as error:
        places = "--as-of" if as_of else "--vars" if given.get("as_of") else "dbt_project.yml"
        raise click.ClickException(f"{places}: {error}") from error
    if target == "spark":
        _build_on_spark(settings, dbt_vars)
    else:
        build_and_publish(settings, dbt_vars, publish_anyway)


def build_and_publish(
    settings: Settings, dbt_vars: dict[str, Any], publish_anyway: bool = False
) -> None:
    """Run the Dagster job in this process; exit code 1 with a text when it fails."""
    from orchestration.dbt_project import DbtParseError, parse_project

    # The definitions are made from the manifest. What they import is not, and takes as long to
    # load as dbt takes to parse: a subprocess, so the two go on side by side.
    with ThreadPoolExecutor(max_workers=1) as beside:
        parsed = beside.submit(parse_project, settings, dbt_vars)
        with warnings.catch_warnings():
            # pyspark, where it is installed, warns of pandas 3: no concern of who builds.
            warnings.simplefilter("ignore", FutureWarning)
            import dagster_dbt  # noqa: F401, to load it
            import great_expectations  # noqa: F401, to load it
        try:
            parsed.result()
        except DbtParseError as error:
            raise click.ClickException(str(error)) from error
    from orchestration.defs.in_process import run_build
    from orchestration.published import current_version

    # While the job runs, what others print goes to its log: progress goes to this terminal.
    tell = partial(click.echo, file=sys.stdout)
    outcome = run_build(settings, dbt_vars, tell, publish_anyway)
    current = current_version(settings)
    kept = f"readers keep version {current.name}" if current else "no version exists yet"
    if outcome.failure:
        click.echo(f"\n{outcome.failure}\n", err=True)
        raise click.ClickException(f"Nothing was published; {kept}.")
    if outcome.withheld:
        click.echo(f"\nNot published: {outcome.withheld}; {kept}. `--publish` publishes it.")
        return
    click.echo(f"\nPublished version {current.name}: {current.path}")


def _build_on_spark(settings: Settings, dbt_vars: dict[str, Any]) -> None:
    from orchestration.dbt_project import (
        DBT,
        WITHOUT_UNIT_TESTS,
        target_path,
        vars_arguments,
    )

    _sound_plans(settings, dbt_vars)
    # Artifacts of its own: another target makes dbt parse the project anew.
    artifacts = target_path(settings) / "spark"
    command = [*DBT, "build", "--target", "spark", "--target-path", str(artifacts)]
    with subprocess.Popen(
        [*command, *WITHOUT_UNIT_TESTS, *vars_arguments(dbt_vars)],
        cwd=settings.project_dir,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        for line in running.stdout:
            click.echo(line, nl=False)
    click.echo("A build on Spark proves that the models run there; it publishes nothing.")
    sys.exit(1 if running.returncode else 0)


@main.command()
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="CHECK",
    help="Publish the last build although this comparison failed; whole or by a part of its name, "
    "once for each.",
)
@click.option("--by", metavar="NAME", help="Who answers for it, with --accept.")
@click.option("--why", metavar="TEXT", help="Why the new figures are right, with --accept.")
@click.option(
    "--to",
    "server",
    type=click.Choice(["postgres"]),
    help="Load the published version into the server that QUOTAMART_POSTGRES or libpq's own "
    "variables name.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    help="Seconds to wait for readers of the version before, with --to; default: 60.",
)
def publish(
    accepted: tuple[str, ...],
    by: str | None,
    why: str | None,
    server: str | None,
    wait: float | None,
) -> None:
    """Publish the last build by --accept, or load what is published into a server by --to.

    Only comparisons with the published version can be accepted. The version's manifest keeps who
    accepted which, when and why.
    """
    if bool(accepted) == bool(server):
        raise click.UsageError(
            "Give either --accept CHECK --by NAME --why TEXT, which lets the last build through, "
            "or --to postgres, which loads the published version into a server."
        )
    if server:
        if by is not None or why is not None:
            raise click.UsageError("--by and --why belong to --accept.")
        _load_into_postgres(60.0 if wait is None else wait)
    elif wait is not None:
        raise click.UsageError("--wait belongs to --to.")
    else:
        _publish_accepted(accepted, (by or "").strip(), (why or "").strip())


def _publish_accepted(accepted: tuple[str, ...], by: str, why: str) -> None:
    from orchestration.acceptance import publish_accepted
    from orchestration.lock import BuildLocked
    from orchestration.published import PublishRefused

    if not (by and why):
        raise click.UsageError("--by and --why must say something.")
    try:
        version = publish_accepted(_settings(), accepted, by, why)
    except (BuildLocked, PublishRefused) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"Published version {version.name}: {version.path}")


def _load_into_postgres(patience_seconds: float) -> None:
    from orchestration.published import PublishRefused

    try:
        from orchestration.server.load import load_published
    except ImportError as error:
        raise click.ClickException(
            f"PostgreSQL's driver cannot be used ({error}). Install quotamart with the extra "
            "`postgres`, as `make env` does."
        ) from error
    try:
        loaded = load_published(_settings(), patience_seconds)
    except PublishRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    for note in loaded.notes:
        click.echo(f"note: {note}")
    name, database = loaded.version.name, loaded.database
    if not loaded.is_new:
        click.echo(f"Version {name} is in the database {database} already: nothing to do.")
        return
    click.echo(
        f"Loaded version {name} into the database {database}: {loaded.tables} tables, "
        f"{loaded.rows:,} rows, each table proved by its hash."
    )


class PeriodType(click.ParamType):
    """A posting period, written 2026-03."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        """Read the month, or say that it is none."""
        from orchestration.ledger import parsed_period

        if isinstance(value, date):
            return value
        try:
            return parsed_period(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@main.command()
@click.argument("period", type=PeriodType())
@click.option("--interim", is_flag=True, help="Post only what is marked for it; leave PERIOD open.")
@click.option("--by", help="Who closes; default: the user of this machine.")
@click.option(
    "--accept",
    metavar="NAME",
    help="Who answers for events credited to nobody, blocked keys and large reversals.",
)
@click.option(
    "--wait", default=30.0, show_default=True, help="Seconds to wait for another close to end."
)
def close(period: date, interim: bool, by: str | None, accept: str | None, wait: float) -> None:
    """Post what the published version says is pending for PERIOD, once and for good."""
    from orchestration.ledger import LedgerError
    from orchestration.ledger.close import close_period
    from orchestration.ledger.report import closed_text
    from orchestration.lock import LedgerLocked
    from orchestration.published import PublishRefused

    try:
        closed = close_period(_settings(), period, interim, by or _user(), accept, wait)
    except (LedgerError, LedgerLocked, PublishRefused) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(closed_text(closed))


@main.command()
@click.option("--expect", metavar="HASH", help="A receipt: the close of that hash must be there.")
@click.option(
    "--reproduce", is_flag=True, help="Compute every close again from its kept inputs; minutes."
)
def verify(expect: str | None, reproduce: bool) -> None:
    """Find whatever is changed, added or gone in the ledger; exit code 1 when something is."""
    from orchestration.ledger.report import reproduction_text
    from orchestration.ledger.reproduce import CannotReproduce
    from orchestration.ledger.reproduce import reproduce as reproduced
    from orchestration.ledger.verify import summary
    from orchestration.ledger.verify import verify as verified

    settings = _settings()
    report = verified(settings, expect)
    for note in report.notes:
        click.echo(f"note: {note}")
    for finding in report.findings:
        click.echo(f"WRONG: {finding}", err=True)
    if report.findings:
        raise click.ClickException(f"The ledger is not what it was: {len(report.findings)} wrong.")
    click.echo(f"In order: {summary(report)}")
    if not reproduce:
        return
    is_wrong = False
    try:
        for found in reproduced(settings, report.book):
            click.echo(reproduction_text(found))
            is_wrong |= bool(found.differences) and not found.by_code
    except CannotReproduce as error:
        raise click.ClickException(str(error)) from error
    if is_wrong:
        raise click.ClickException("The same code computes something else from the same inputs.")


@main.command()
@click.argument("period", type=PeriodType())
@click.option(
    "--sequence", type=int, help="An interim run by its number; default: the final close."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("payroll"), help="Folder to write to."
)
def payroll(period: date, sequence: int | None, out: Path) -> None:
    """Write what payroll pays for PERIOD as CSV, with control totals beside it."""
    from orchestration.ledger.payroll import PayrollError, export_payroll
    from orchestration.ledger.report import payroll_text

    try:
        export = export_payroll(_settings(), period, out, sequence)
    except PayrollError as error:
        raise click.ClickException(str(error)) from error
    click.echo(payroll_text(export))


@main.command()
@click.argument("line_id")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--close", "sequence", type=int, help="Only what this close posted of it.")
def explain(line_id: str, as_json: bool, sequence: int | None) -> None:
    """Tell the story of a payout line: its event, every step of its arithmetic, every posting.

    LINE_ID is as in fct_payout_lines; its first 8 characters do where no other begins so. Exit
    code 1 when the arithmetic does not give what the warehouse says.
    """
    from orchestration.audit import story
    from orchestration.ledger import LedgerError
    from orchestration.published import PublishRefused

    try:
        told = story.told(_settings(), line_id, sequence)
    except (LedgerError, PublishRefused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(story.as_json(told), indent=2) if as_json else story.as_text(told))
    if told.faults:
        raise click.ClickException(
            f"{len(told.faults)} amounts are not what their arithmetic gives. Do not pay this line."
        )


@main.command()
@click.argument("payee")
@click.argument("period", type=PeriodType())
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("statements"), help="Folder to write to."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "xlsx", "both"]),
    default="both",
    show_default=True,
    help="html to read and print, xlsx with live formulas.",
)
def statement(payee: str, period: date, out: Path, form: str) -> None:
    """Write what PAYEE gets for PERIOD, line by line, with its arithmetic.

    PAYEE is the opaque id; a name comes from the payroll map. Of an open month what is pending is
    shown, and said not to be final.
    """
    from orchestration.audit.handing_out import FORMATS, write_statement
    from orchestration.audit.statement import made
    from orchestration.ledger import LedgerError
    from orchestration.published import PublishRefused

    try:
        told = made(_settings(), payee, period)
        paths = write_statement(told, out, FORMATS if form == "both" else (form,))
    except (LedgerError, PublishRefused, OSError) as error:
        raise click.ClickException(str(error)) from error
    for note in told.notes:
        click.echo(f"note: {note}")
    click.echo("\n".join(str(path) for path in paths))


@main.command()
@click.option(
    "--plans",
    type=click.Path(path_type=Path),
    required=True,
    help="CSV files of other rules; those that are not there are the project's.",
)
@click.option("--quarter", metavar="YYYY-QN", help="Only what is earned then; default: all.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def simulate(plans: Path, quarter: str | None, as_json: bool) -> None:
    """Tell what other rules of pay would have cost, on the events that are published.

    The rules are checked first. Warehouse, ledger and published version stay as they are.
    """
    from orchestration.audit.simulation import simulated
    from orchestration.audit.simulation_report import simulation_json, simulation_text
    from orchestration.ledger import LedgerError
    from orchestration.published import PublishRefused

    settings = _settings()
    _sound_plans(settings, {}, plans)
    try:
        found = simulated(settings, plans, quarter)
    except (LedgerError, PublishRefused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(simulation_json(found), indent=2) if as_json else simulation_text(found))


@main.command("erase")
@click.argument("request", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would be erased, and where.")
def erase_command(request: Path, dry_run: bool) -> None:
    """Erase a person, as REQUEST says, from landing, published versions, payroll map and logs.

    Figures, ids and the ledger stay. Interrupted, it is finished by running it again; exit code 1
    when something of the person is out of reach.
    """
    from orchestration.erasure.erase import erase
    from orchestration.erasure.report import erasure_text
    from orchestration.erasure.request import ErasureError
    from orchestration.lock import BuildLocked, LedgerLocked

    settings = _settings()
    try:
        ended = erase(settings, _manifest(settings), request, dry_run)
    except (BuildLocked, ErasureError, LedgerLocked) as error:
        raise click.ClickException(str(error)) from error
    click.echo(erasure_text(ended))
    for place in ended.unreachable:
        click.echo(f"OUT OF REACH: {place.name} {place.why}.", err=True)
    if ended.unreachable:
        raise click.ClickException(f"{len(ended.unreachable)} files could not be looked through.")


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        return "unknown"


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Tell what is published, how old it is and what was set aside."""
    from orchestration.ledger import LedgerError
    from orchestration.published import PublishRefused
    from orchestration.report import published_status, status_text

    try:
        found = published_status(_settings())
    except (LedgerError, PublishRefused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found, indent=2) if as_json else status_text(found))


@main.command()
@click.option("--failed", is_flag=True, help="Only those that have failed, the latest first.")
@click.option("--area", help="Only those of one area, such as revenue, landing or ledger.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def checks(failed: bool, area: str | None, as_json: bool) -> None:
    """List every check: owner, severity, what it protects, when it last failed and in which build.

    docs/quality.md says how to read it.
    """
    from orchestration.checks.history import HistoryError
    from orchestration.checks.report import UnknownArea, checks_json, checks_text, listed
    from orchestration.dbt_project import VarsError
    from orchestration.landing import LandingError
    from orchestration.quality import SuiteError
    from orchestration.quality.limits import LimitsError

    settings = _settings()
    try:
        found = listed(settings, _manifest(settings), area, failed)
    except (
        *(HistoryError, LandingError, LimitsError, SuiteError),
        *(UnknownArea, VarsError),
    ) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(checks_json(found), indent=1) if as_json else checks_text(found))


@main.command()
def ui() -> None:
    """Open Dagster's UI with the project loaded; its history is kept in DAGSTER_HOME."""
    settings = _settings()
    home = Path(os.environ.get("DAGSTER_HOME") or settings.project_dir / ".dagster")
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        with written_whole(home / "dagster.yaml") as temporary:
            temporary.write_bytes((settings.project_dir / "dagster.yaml").read_bytes())
    os.environ["DAGSTER_HOME"] = str(home)
    os.chdir(settings.project_dir)
    dagster = Path(sys.executable).with_name("dagster")
    os.execv(dagster, [str(dagster), "dev"])


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _manifest(settings: Settings) -> dict[str, Any]:
    from orchestration.dbt_project import DbtParseError, parsed_apart

    try:
        return parsed_apart(settings)
    except DbtParseError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
