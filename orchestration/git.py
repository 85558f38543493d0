"""What git says of the project, where there is git: read only, never an error."""

import subprocess

from orchestration.settings import Settings


def head_commit(settings: Settings) -> str | None:
    """The commit that is checked out; None outside git."""
    return _said(settings, "rev-parse", "HEAD")


def is_dirty(settings: Settings) -> bool | None:
    """Whether the project differs from its commit; None outside git."""
    changes = _said(settings, "status", "--porcelain")
    return None if changes is None else bool(changes)


def _said(settings: Settings, *arguments: str) -> str | None:
    try:
        found = subprocess.run(
            ["git", *arguments],
            cwd=settings.project_dir,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None
