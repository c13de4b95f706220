"""The index of names by trigrams, which finds any part of a name: FTS5 in SQLite, pg_trgm in PostgreSQL.

SQLAlchemy has no construct for either, so their statements are written out here.
"""

from typing import Final

from sqlalchemy import ColumnElement, Connection, Dialect, and_, column, select, table, text

from services.gateway.read_model.tables import NAMES

_SQLITE_INDEX: Final = """
CREATE VIRTUAL TABLE name_trigrams USING fts5 (
    folded, content='names', content_rowid='id', tokenize='trigram'
)
"""
_SHORTEST: Final = 3
"""Characters of a trigram; a shorter text is looked for in every name."""
_TRIGRAMS: Final = table("name_trigrams", column("rowid"), column("folded"))
_SQLITE_TRIGGER: Final = """
CREATE TRIGGER name_added AFTER INSERT ON names BEGIN
    INSERT INTO name_trigrams (rowid, folded) VALUES (new.id, new.folded);
END
"""


def create_name_index(connection: Connection) -> None:
    """Create the index beside the table of names."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(_SQLITE_INDEX))
        connection.execute(text(_SQLITE_TRIGGER))
    else:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        connection.execute(text("CREATE INDEX name_trigrams ON names USING gin (folded gin_trgm_ops)"))


def drop_name_index(connection: Connection) -> None:
    """Drop the index, if it exists; in PostgreSQL the table's own fall takes it along."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TABLE IF EXISTS name_trigrams"))


def empty_name_index(connection: Connection) -> None:
    """Empty the index after the table was emptied; PostgreSQL does that by itself."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO name_trigrams (name_trigrams) VALUES ('delete-all')"))


def name_contains(dialect: Dialect, part: str) -> ColumnElement[bool]:
    """Return the condition that a name contains `part`, which is case-folded. It is answered by the index."""
    contains = NAMES.c.folded.contains(part, autoescape=True)
    if dialect.name != "sqlite" or len(part) < _SHORTEST:
        return contains
    phrase = '"' + part.replace('"', '""') + '"'
    indexed = select(_TRIGRAMS.c.rowid).where(_TRIGRAMS.c.folded.op("MATCH")(phrase))
    return and_(NAMES.c.id.in_(indexed), contains)
