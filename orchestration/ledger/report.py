"""What closing, verifying and exporting say to people."""

from collections.abc import Mapping
from decimal import Decimal

from orchestration.ledger.book import FINAL, INTERIM, LedgerFile
from orchestration.ledger.close import Closed
from orchestration.ledger.payroll import PayrollExport
from orchestration.ledger.periods import period_text
from orchestration.ledger.postings import PARTS
from orchestration.ledger.reproduce import Reproduction


def closed_text(closed: Closed) -> str:
    """What a close did, what it posted, its receipt, and what is pending after it."""
    period = period_text(closed.period)
    lines = []
    if closed.opening:
        lines.append(
            f"Opened the ledger with {period}: {closed.opening.content['line_count']:,} lines "
            "earned before count as posted."
        )
    if closed.file is None:
        lines.append(f"Nothing of {period} is due to an interim run: nothing was posted.")
    elif closed.is_new:
        content = closed.file.content
        how = "Closed" if closed.file.kind == FINAL else "Posted an interim run of"
        lines.append(f"{how} {period}: {closed.file.name}, {content['line_count']:,} lines.")
        lines += _totals(closed.file)
        lines.append(f"Receipt {closed.file.hash}")
        lines.append(f"  keep it: `quotamart verify --expect {closed.file.hash}`")
    else:
        content = closed.file.content
        lines.append(
            f"{period} was closed at {content['closed_at']} by {content['closed_by']}: "
            f"{closed.file.name}, {content['line_count']:,} lines. Nothing was posted now."
        )
    lines.append(pending_text(closed.pending, closed.file))
    return "\n".join(lines)


def pending_text(
    pending: tuple[int, Mapping[str, Decimal]] | None, file: LedgerFile | None = None
) -> str:
    """What waits for the next close."""
    waits_for = "the final close" if file is None or file.kind == INTERIM else "the next close"
    if pending is None:
        return "No published version says what is pending."
    count, sums = pending
    if not count:
        return f"Pending for {waits_for}: nothing, as far as the published version knows."
    amounts = ", ".join(f"{currency} {total:,.2f}" for currency, total in sums.items())
    return f"Pending for {waits_for}: {count:,} lines, {amounts}."


def reproduction_text(found: Reproduction) -> str:
    """One close beside its recomputation."""
    count = found.file.content["line_count"]
    if not found.differences:
        told = f"{found.file.name}: {count:,} lines, computed again to the cent."
        if found.erasures:
            told += f" Persons were erased from its landed files: {', '.join(found.erasures)}."
        return told
    then, now = found.commits
    if found.by_code:
        head = (
            f"{found.file.name}: what was posted stands; the code alone computes otherwise "
            f"(closed at {then}, computed at {now}). The next close would post the difference "
            "as engine_change:"
        )
    else:
        head = f"{found.file.name}: WRONG: {then} computes otherwise than it did:"
    return "\n".join([head, *(f"  {difference}" for difference in found.differences)])


def payroll_text(export: PayrollExport) -> str:
    """Where the files are, and their totals."""
    lines = [
        f"{currency}: {count:,} payees, {total:,.2f}"
        for currency, (count, total) in sorted(export.totals.items())
    ] or ["Nobody is to be paid."]
    return "\n".join(
        [f"Payroll of {export.close.name}", *lines, str(export.path), str(export.totals_path)]
    )


def _totals(file: LedgerFile) -> list[str]:
    lines = []
    for currency, parts in sorted(file.content["control_totals"].items()):
        shown = "  ".join(f"{part} {Decimal(parts[part]):,.2f}" for part in PARTS if part in parts)
        lines.append(f"  {currency}  {shown}")
    return lines
