"""Writes a sample landing folder: whole or not at all, and never over anybody else's files."""

import json
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.files import writing_in

from . import (
    campaigns,
    finance,
    leads,
    partners,
    projects,
    qualtrics,
    salesforce,
    salesforce_leads,
    stripe,
    usage,
    walks,
)
from .dirt import KINDS, UNREADABLE_FILE, Soiler
from .landing import BATCH_COUNT, BatchFiles, Chunk, Intake, batch_file, declared_tables
from .narrator import Narrator

MARKER = ".sample.json"
CHUNK_SIZE = 500  # Customers told before their rows are written.
PROSPECT_OFFSET = 40_000  # Keeps the prospects' moments of arrival apart from the customers'.
LEAD_OFFSET = 65_000  # And those of leads that led to nothing from both.


class SampleError(ValueError):
    """The sample cannot be written; the message says why and what to do."""


@dataclass(frozen=True)
class SampleReport:
    """What was written.

    `row_counts` are landed rows by "source.table", every version and repeat counted; `dirt` are
    rows by kind and "source.table" (soft_delete: rows with the delete marker set, also those of
    items that customers dropped). `unreadable_file` is the path of the planted file inside the
    folder, whose rows count nowhere.
    """

    seed: int
    scale: float
    customer_count: int
    row_counts: dict[str, int]
    file_count: int
    dirt: dict[str, dict[str, int]]
    unreadable_file: str | None

    def __str__(self) -> str:
        """For a person: how much there is, and how many rows of each kind of dirt."""
        dirt = ", ".join(
            f"{sum(rows.values()):,} {kind}" for kind, rows in self.dirt.items() if rows
        )
        lines = [
            f"Sample company of scale {self.scale:g}, seed {self.seed}: "
            f"{self.customer_count:,} billing customers, {sum(self.row_counts.values()):,} rows in "
            f"{self.file_count:,} files.",
            f"Planted on purpose: {dirt.replace('_', ' ')}.",
        ]
        if self.unreadable_file:
            lines.append(f"Unreadable on purpose: {self.unreadable_file}.")
        return "\n".join(lines)


def generate(out: Path, scale: float, seed: int, unreadable_file: bool = False) -> SampleReport:
    """Write the sample company's extracts into `out` and return what is in them.

    The same seed and scale give the same rows. The folder appears, or replaces an earlier sample,
    only when all of it is written. Scale 1 is 10,000 billing customers over 36 months.

    Raises:
        SampleError: the scale is not positive, or `out` holds files the sample did not make.
    """
    if not scale > 0:
        raise SampleError(f"The scale must be positive, not {scale}.")
    out = out.resolve()
    _refuse_foreign_files(out)
    with writing_in(out.parent):
        return _made(out, scale, seed, unreadable_file)


def _made(out: Path, scale: float, seed: int, unreadable_file: bool) -> SampleReport:
    partial = out.with_name(f".{out.name}.partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    try:
        report = _write(partial, scale, seed, unreadable_file)
        _write_marker(partial, report)
        # What somebody landed meanwhile is nobody's to remove.
        _refuse_foreign_files(out)
        _move_into_place(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return report


def is_sample(landing: Path) -> bool:
    """Whether a landing folder was made by `generate`, whatever was landed there since."""
    return (landing / MARKER).is_file()


def scale_and_seed(landing: Path) -> tuple[float, int]:
    """What `generate` was asked for when it made a landing folder."""
    report = json.loads((landing / MARKER).read_text(encoding="utf-8"))["report"]
    return report["scale"], report["seed"]


def _write(folder: Path, scale: float, seed: int, unreadable_file: bool) -> SampleReport:
    tables = declared_tables()
    narrator = Narrator(seed, scale)
    soiler = Soiler(seed, tables)
    count = narrator.people.count
    with BatchFiles(folder) as files:
        chunk, company = Chunk(tables), Intake(0)
        stripe.render_catalogue(narrator.catalogue, company)
        salesforce.render_staff(seed, narrator.people.staff, company)
        salesforce.render_split_types(company)
        salesforce.render_products(company)
        for partner in narrator.partners:
            account = partner.account
            salesforce.render_account(account, [(account.created, "Partner")], company)
        salesforce.render_campaigns(campaigns.campaigns(seed, scale), company)
        qualtrics.render_surveys(company)
        qualtrics.render_previews(seed, company)
        finance.render(seed, count, company)
        _take(chunk, soiler, company)
        for index in range(count):
            _take(chunk, soiler, _tell_customer(narrator, index))
            _take(chunk, soiler, _tell_prospect(narrator, index))
            _take(chunk, soiler, _tell_leads(narrator, index))
            if index % CHUNK_SIZE == CHUNK_SIZE - 1 or index == count - 1:
                files.write(chunk.arrow())
                chunk = Chunk(tables)
    planted = _plant_unreadable_file(folder) if unreadable_file else None
    dirt: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    for (kind, table), number in sorted(soiler.counts.items()):
        if number:
            dirt[kind][table] = number
    if planted is not None:
        dirt[UNREADABLE_FILE]["stripe.invoice"] = 1
    return SampleReport(
        seed,
        scale,
        count,
        dict(sorted(files.row_counts.items())),
        sum(1 for _ in folder.rglob("*.parquet")),
        dirt,
        planted,
    )


def _tell_customer(narrator: Narrator, index: int) -> Intake:
    story, intake = narrator.story(index), Intake(index)
    stripe.render(story, intake)
    salesforce.render(story, intake)
    salesforce_leads.render_leads(story.leads, intake)
    qualtrics.render(narrator.seed, story, intake)
    usage.render(narrator.seed, story, intake)
    projects.render(story.deliveries, intake)
    return intake


def _tell_prospect(narrator: Narrator, number: int) -> Intake:
    account, closes = narrator.people.prospect(number)
    intake = Intake(number + PROSPECT_OFFSET)
    salesforce.render_account(account, [(account.created, "Prospect")], intake)
    salesforce.render_contacts(account, campaigns.contact_ids(account, "5h0"), intake)
    deals = narrator.sales.of_prospect(number, account, closes)
    narrator.tell_of_deals(deals, "5h0", number)
    touches = campaigns.of_prospect(narrator.seed, account, deals)
    staff = narrator.people.staff
    told = leads.of_touches(narrator.seed, staff, account, touches, "5h0", number)
    told += leads.of_deals(narrator.seed, staff, deals, touches, "5h0", number)
    for deal in [*deals, *walks.strays(narrator.seed, deals, "5h0", number)]:
        salesforce.render_deal(deal, intake)
    salesforce_leads.render_leads(told, intake)
    salesforce.render_touches(touches, intake)
    salesforce.render_referrals(
        partners.referrals_of_prospect(narrator.people, narrator.partners, account, deals), intake
    )
    return intake


def _tell_leads(narrator: Narrator, number: int) -> Intake:
    intake = Intake(number + LEAD_OFFSET)
    told, touches = leads.to_nothing(narrator.seed, narrator.people, number)
    salesforce_leads.render_leads(told, intake)
    salesforce.render_touches(touches, intake)
    return intake


def _take(chunk: Chunk, soiler: Soiler, intake: Intake) -> None:
    soiler.soil(intake)
    chunk.take(intake)


def _plant_unreadable_file(folder: Path) -> str:
    """Add the first half of a file, as a transfer that broke off leaves it."""
    invoices = folder / "stripe" / "invoice"
    whole = max(invoices.glob("*.parquet")).read_bytes()
    path = invoices / batch_file(BATCH_COUNT - 1).replace(".parquet", "_resent.parquet")
    path.write_bytes(whole[: len(whole) // 2])
    return path.relative_to(folder).as_posix()


# The folder


def _sizes(folder: Path) -> Counter[tuple[str, int]]:
    return Counter(
        (path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARKER
    )


def _write_marker(folder: Path, report: SampleReport) -> None:
    files = [[name, size] for name, size in sorted(_sizes(folder))]
    text = json.dumps({"report": asdict(report), "files": files}, indent=1)
    (folder / MARKER).write_text(text + "\n", encoding="utf-8")


def _refuse_foreign_files(out: Path) -> None:
    """Refuse a folder that holds anything but an earlier sample, untouched."""
    if not out.exists():
        return
    if not out.is_dir():
        raise SampleError(f"{out} is a file; the sample needs a folder.")
    made: Counter[tuple[str, int]] = Counter()
    marker = out / MARKER
    if marker.exists():
        try:
            made.update((name, size) for name, size in json.loads(marker.read_text())["files"])
        except (ValueError, KeyError, TypeError) as problem:
            raise SampleError(
                f"{marker} cannot be read: remove {out} or choose another folder."
            ) from problem
    foreign = sorted(name for name, _ in _sizes(out) - made)
    if foreign:
        raise SampleError(
            f"{out} holds {len(foreign)} file(s) that the sample did not make, {foreign[0]} among "
            "them. Move them away or choose another folder; nothing was changed."
        )


def _move_into_place(partial: Path, out: Path) -> None:
    earlier = out.with_name(f".{out.name}.earlier")
    if earlier.exists():
        shutil.rmtree(earlier)
    if out.exists():
        out.rename(earlier)
    partial.rename(out)
    shutil.rmtree(earlier, ignore_errors=True)
