"""Writes a sample landing folder."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import qualtrics, salesforce, stripe
from .landing import BatchFiles, Chunk, Intake, declared_tables
from .narrator import Narrator

CHUNK = 500


class SampleError(ValueError):
    pass


@dataclass
class SampleReport:
    rows: dict = field(default_factory=dict)


def generate(out: Path, scale: float, seed: int, unreadable_file: bool = False) -> SampleReport:
    tables = declared_tables()
    narrator = Narrator(seed, scale)
    people = narrator.people
    files = BatchFiles(out)
    chunk, intake = Chunk(tables), Intake(0)
    stripe.render_catalogue(narrator.catalogue, intake)
    salesforce.render_staff(people.staff, intake)
    qualtrics.render_surveys(intake)
    chunk.take(intake)
    files.write(chunk.arrow())
    for first in range(0, people.count, CHUNK):
        chunk = Chunk(tables)
        for index in range(first, min(first + CHUNK, people.count)):
            story = narrator.story(index)
            intake = Intake(index)
            stripe.render(story, intake)
            salesforce.render(story, intake)
            qualtrics.render(seed, story, intake)
            account, closes = people.prospect(index)
            salesforce.render_account(account, [(account.created, "Prospect")], intake)
            for deal in narrator.sales.of_prospect(index, account, closes):
                salesforce.render_deal(deal, intake)
            chunk.take(intake)
        files.write(chunk.arrow())
    files.close()
    return SampleReport(dict(files.row_counts))
