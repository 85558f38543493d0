"""Renders the versions that a connector's history mode keeps of a row."""

from collections.abc import Collection

from .landing import Intake, Row
from .times import INITIAL_LOAD, OPEN_END, micros


def render_history(
    table: str,
    states: list[tuple[int, Row]],
    intake: Intake,
    columns: Collection[str] | None = None,
    switched_on: int = 0,
) -> None:
    """Render what history mode saw of a row of Salesforce, the version it began with first.

    Args:
        table: where the versions stand.
        states: every state of the row with its second, in order.
        intake: takes the versions.
        columns: what is kept of the row; default: all.
        switched_on: the second in which history mode began, if not with the first load: of
            earlier states it saw the last.
    """
    begin = max(switched_on, INITIAL_LOAD)
    known = [second for second, _ in states if second <= begin]
    seen = [state for state in states if not known or state[0] >= known[-1]]
    seen = list(dict(seen).items())  # Of two changes in one second the last stands.
    for place, (second, state) in enumerate(seen):
        row: Row = {
            **{name: value for name, value in state.items() if columns is None or name in columns},
            "_fivetran_start": micros(second),
            "_fivetran_end": OPEN_END,
            "_fivetran_active": True,
        }
        versions = [(max(second, switched_on), row)]
        if place + 1 < len(seen):
            following = seen[place + 1][0]
            end = following * 1_000_000 - 1_000
            versions.append((following, {**row, "_fivetran_end": end, "_fivetran_active": False}))
        intake.add("salesforce", table, versions)
