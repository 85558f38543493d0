"""Erasing a person: from what landed, what is published, and what was written on the way.

`request` reads who is to be erased, `person` finds what is theirs, `cells` takes it out of rows,
`landed`, `versions` and `traces` do so place by place, `register` keeps which file became which,
`journal` what an interrupted run had found, `erase` does it all. What is personal is declared
beside the columns, in the models' YAML.
"""
