"""quotamart's Python: what brings files in, runs the build, checks it and publishes it.

Business rules do not belong here: they are dbt models and seeds.
"""
