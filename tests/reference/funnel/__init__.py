"""The funnel computed a second time, from the documents and never from the SQL, deal by deal.

| module | belongs there |
|---|---|
| rows | the input rows and seeds that the funnel depends on, as given |
| states | what every deal was at the end of a day |
| bridge | why open pipeline changed in a period |
| rollups | what of a quarter is closed, committed and hoped for, up the tree of managers |
| conversions | how many that entered a stage went further, and how many that left one did |
| inventor | invented teams with deals |
"""
