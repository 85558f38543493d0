"""`python -m orchestration.metrics`: write docs/metrics.md anew from the project's metrics."""

import json

from orchestration.dbt_project import parse_project
from orchestration.metrics.document import DOCUMENT, document
from orchestration.settings import Settings


def main() -> None:
    """Parse the project and write the document."""
    settings = Settings.from_environment()
    manifest = json.loads(parse_project(settings).read_text("utf-8"))
    (settings.project_dir / DOCUMENT).write_text(document(manifest), "utf-8")


if __name__ == "__main__":
    main()
