"""A fingerprint of what a table holds, equal wherever and by whatever version it is computed.

A file's own hash will not do: the same rows in another order, or written by another version of the
engine, are other bytes.
"""

import hashlib

import duckdb


def content_hash(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Hash the rows of a relation, whatever their order; equal rows count as often as they occur.

    Every row becomes one text: for each column, in order of name, `<name>=` and then `-` for null
    or `<characters>:<text>` for a value, each ended by `;`. The text of a value is its decimal
    digits for whole numbers and decimals (with the column's scale), `true` or `false`, YYYY-MM-DD,
    microseconds since 1970 for timestamps, C's %.17g for doubles, lower-case hexadecimal for
    blobs, JSON for nested values, and itself for text. The MD5 of each text is cut into two
    numbers of 16 hexadecimal digits. The result is the SHA-256 of
    `<number of rows>:<sum of first numbers>:<sum of second numbers>`.

    Args:
        relation: a qualified name, quoted where it needs quotes, or a query in parentheses.
    """
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    parts = [_part(name, data_type) for name, data_type, *_ in sorted(columns)]
    row_count, first, second = connection.execute(
        f"""
        select
            count(*),
            coalesce(sum(cast('0x' || substr(digest, 1, 16) as ubigint)), 0),
            coalesce(sum(cast('0x' || substr(digest, 17, 16) as ubigint)), 0)
        from (select md5({" || ".join(parts)}) as digest from {relation})
        """
    ).fetchone()
    return hash_of_sums(row_count, int(first), int(second))


def hash_of_sums(row_count: int, first: int, second: int) -> str:
    """The hash of a relation whose rows another engine has counted and summed."""
    return hashlib.sha256(f"{row_count}:{first}:{second}".encode()).hexdigest()


def _part(name: str, data_type: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    label = name.replace("'", "''")
    text = _text(column, data_type)
    value = f"length({text}) || ':' || {text}"
    return f"'{label}=' || case when {column} is null then '-' else {value} end || ';'"


def _text(column: str, data_type: str) -> str:
    if data_type.startswith(("STRUCT", "MAP", "UNION", "JSON")) or data_type.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    if data_type.startswith("TIMESTAMP"):
        return f"cast(epoch_us({column}) as varchar)"
    if data_type in ("DOUBLE", "FLOAT"):
        return f"printf('%.17g', cast({column} as double))"
    if data_type == "BLOB":
        return f"lower(hex({column}))"
    return f"cast({column} as varchar)"
