"""The published version on a PostgreSQL server, for tools that read a server and people who log in.

Here: how a version gets there as one, and who sees which of its rows. Nothing is computed: the
server holds what the published files hold, proved by the hashes of the version's manifest.
"""
