"""The metrics: dbt's semantic models asked of the published version, and the catalogue of them.

What a metric means stands in YAML beside the marts and nowhere else; no figure is computed here.
"""
