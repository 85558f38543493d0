"""The payout ledger: what was posted, in files that never change, and how a period is closed.

`book` reads the files, `chain` is the form that is hashed, `postings` says what a close posts,
`close` commits it, `verify` finds what changed since, `reproduce` computes it again, `payroll`
hands it over. What should be paid is not decided here: that is the engine's, in dbt.
"""

from orchestration.ledger.book import Book, LedgerError, LedgerFile, read_book
from orchestration.ledger.periods import parsed_period, period_text

__all__ = ["Book", "LedgerError", "LedgerFile", "parsed_period", "period_text", "read_book"]
