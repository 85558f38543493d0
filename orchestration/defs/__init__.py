"""Dagster's definitions, one module a concept, each with its own `defs`.

Assets, checks, jobs and triggers belong here; what they do stands in `orchestration/landing`,
`orchestration/quality` and `orchestration/publish.py`, which know nothing of Dagster.
"""
