"""Why a line is what it is: its story, a payee's statement, and what other rules would cost.

`arithmetic` does every step of a line again, exactly; `lines` finds what the published version and
the ledger know of it; `story` and `statement` show it. Nothing here decides what is paid.
"""
