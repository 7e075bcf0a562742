"""Rows by the thousand, copied in the database from one that was made by hand."""

from django.db.models import UUIDField


def copied(cursor, source, rows, changes):
    """Copies of one row, `rows` being what the FROM clause joins and `changes` the columns that differ, as SQL.

    The primary key is the next one, where `changes` does not say it, and keys of chance are new.
    """
    keys = [f.column for f in source._meta.concrete_fields if isinstance(f, UUIDField) and f.unique]
    changes = dict.fromkeys(keys, "gen_random_uuid()") | changes
    table = source._meta.db_table
    columns = [f.column for f in source._meta.concrete_fields if not f.primary_key or f.column in changes]
    values = ", ".join(changes.get(column, f"source.{column}") for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} source, {rows}"
        f" WHERE source.id = {source.pk}"
    )
