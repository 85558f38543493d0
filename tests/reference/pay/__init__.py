"""Pay computed a second time, from the documents and never from the SQL, event by event.

| module | belongs there |
|---|---|
| rows | the seeds and input rows that pay depends on, as given |
| money | rounding, parts that sum to the whole, exact shares |
| periods | months, quarters, years, anniversaries |
| rules | which row of a seed holds on a day |
| events | what happened that may be paid for |
| conversion | rates of exchange |
| credits | who is credited with how much of an event |
| quotas | what a payee was to reach in a window |
| clawback | how much of a line is retained |
| release | how much of a line is released |
| attainment | running totals of a window |
| modes | what a stretch of attainment pays |
| lines | cliff, floor, caps, retained, released: the steps of a line |
| entitlements | what should be posted by now, by part |
| ledger | what is posted, what is pending, and why |
| settlement | draws, and what is payable |
| units | what is sold by the piece, what comes back, what customers say of it |
| profit | what the years of customers leave, what a group of customers is worth |
| special | what of a profit is shared, how a pool is, what a mean rating needs |

Amounts are `Decimal`; what is between one rounding and the next is a `Fraction`, so that
no quotient is ever rounded twice.
"""
