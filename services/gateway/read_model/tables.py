"""The tables of the read model. All of them can be rebuilt from the topics, so they are replaced, never migrated.

Narrow tables are searched; the events' bytes, as they were on the topics, are in separate tables. A
search then reads few pages, however large the events are.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

_Seq = BigInteger().with_variant(Integer, "sqlite")
"""A column that counts rows. SQLite keeps a table in the order of its key only if that is an INTEGER."""

SCHEMA_VERSION: Final = 1
"""Number of the tables' layout. A read model with another number is dropped and built again."""

METADATA: Final = MetaData()

PROJECTION: Final = Table(
    "read_model_projection",
    METADATA,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("schema_version", Integer, nullable=False),
    Column("generation", Text, nullable=False, comment="changes if the read model is built again"),
    Column("batches", BigInteger, nullable=False, comment="committed batches; every batch compares and sets it"),
    Column("newest_seq", BigInteger, nullable=False, comment="seq of the newest alert; 0 if there is none"),
    Column("newest_report", BigInteger, nullable=False, comment="seq of the newest report; 0 if there is none"),
)

OFFSETS: Final = Table(
    "read_model_offsets",
    METADATA,
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("last_digest", Text, nullable=False, comment="digest of the record before it, to recognize the topic"),
    PrimaryKeyConstraint("topic", "partition"),
)

ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("seq", _Seq, primary_key=True, autoincrement=False, comment="grows in the order of commits"),
    Column("alert_id", Text, nullable=False, unique=True),
    Column("filing_seq", BigInteger, nullable=False, comment="seq of the filing's first alert"),
    Column("issuer_key", Text, nullable=False),
    Column("owner_key", Text, nullable=False),
    Column("position_id", Text, nullable=False),
    Column("symbols", Text, nullable=False, comment="tickers, with a comma before and after each"),
    Column("facets", BigInteger, nullable=False, comment="one bit per value of a filter's closed fields"),
    Column("day", Date, comment="day of filing, else of the last trade or of the report"),
    Column("value", Float, comment="dollars of all trades; null if unknown"),
    Column("shares", Float, comment="shares of all trades; null if unknown"),
    Column("change_percent", Float, comment="magnitude; null if unknown"),
    Index("alerts_of_filing", "filing_seq"),
    Index("alerts_of_issuer", "issuer_key", "filing_seq"),
    Index("alerts_of_owner", "owner_key", "filing_seq"),
)

BLOCKS: Final = Table(
    "alert_blocks",
    METADATA,
    Column("block", _Seq, primary_key=True, autoincrement=False, comment="seq divided by the size of a block"),
    Column("facets", BigInteger, nullable=False, comment="union of the alerts' facets"),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("value", Float, comment="largest of the alerts' values; likewise the next two"),
    Column("shares", Float),
    Column("change_percent", Float),
)
"""A zone map: a search skips every block that cannot have a match, so a rare one among a million is found at once."""
ALERTS_PER_BLOCK: Final = 256

ALERT_EVENTS: Final = Table(
    "alert_events",
    METADATA,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("event", LargeBinary, nullable=False),
)

FILINGS: Final = Table(
    "filings",
    METADATA,
    Column("first_seq", _Seq, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("filing_id", Text, nullable=False, unique=True),
    Column("issuer_key", Text, nullable=False),
    Column("day", Date),
)

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("filing_id", Text, nullable=False),
    Column("owner_index", Integer, nullable=False),
    Column("owner_key", Text, nullable=False),
    Column("issuer_key", Text, nullable=False),
    Column("event", LargeBinary, nullable=False, comment="TransactionsReported"),
    UniqueConstraint("filing_id", "owner_index", "owner_key"),
)

POSITIONS: Final = Table(
    "positions",
    METADATA,
    Column("key", Text, primary_key=True, comment="issuer_key|owner_key, as on the topic"),
    Column("issuer_key", Text, nullable=False),
    Column("owner_key", Text, nullable=False),
    Column("event", LargeBinary, nullable=False, comment="PositionsUpdated"),
    Index("positions_of_issuer", "issuer_key"),
    Index("positions_of_owner", "owner_key"),
)

TRADES: Final = Table(
    "market_trades",
    METADATA,
    Column("seq", BigInteger, nullable=False),
    Column("place", Integer, nullable=False, comment="place in the alert's trades"),
    Column("issuer_key", Text, nullable=False),
    Column("owner_key", Text, nullable=False),
    Column("owner_index", Integer, nullable=False),
    Column("day", Date, comment="last trade date; null if no line is dated"),
    Column("bought", Boolean, nullable=False, comment="true for P, false for S"),
    Column("planned", Boolean, comment="whether by a Rule 10b5-1 plan; null if not stated"),
    Column("shares", Float, nullable=False),
    Column("value", Float, nullable=False, comment="dollars of the priced lines"),
    Column("unpriced_shares", Float, nullable=False),
    PrimaryKeyConstraint("seq", "place"),
    Index("market_trades_of_issuer", "issuer_key", "day"),
    Index("market_trades_of_owner", "owner_key", "day"),
)

NAMES: Final = Table(
    "names",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False, comment="issuer or owner"),
    Column("key", Text, nullable=False),
    Column("form", Text, nullable=False, comment="name, ticker or title"),
    Column("text", Text, nullable=False, comment="as filed"),
    Column("folded", Text, nullable=False, comment="case-folded, for searches"),
    UniqueConstraint("kind", "key", "form", "text"),
)

READ_MODEL_TABLES: Final = (
    PROJECTION,
    OFFSETS,
    ALERTS,
    BLOCKS,
    ALERT_EVENTS,
    FILINGS,
    REPORTS,
    POSITIONS,
    TRADES,
    NAMES,
)
