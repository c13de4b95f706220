"""The values that options take from a list: completion offers them, and help names them."""

from enum import StrEnum


class Format(StrEnum):
    """What output looks like."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class StatusFormat(StrEnum):
    """What the output of `status` looks like."""

    TABLE = "table"
    JSONL = "jsonl"


class Kind(StrEnum):
    """Kinds of alerts."""

    OPENED = "opened"
    INCREASED = "increased"
    DECREASED = "decreased"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    RESTATED = "restated"


class Side(StrEnum):
    """Sides of the market: transaction codes P and S."""

    BUY = "buy"
    SELL = "sell"


class Role(StrEnum):
    """Relationships of an owner to the issuer."""

    DIRECTOR = "director"
    OFFICER = "officer"
    TEN_PERCENT = "ten-percent"


class Plan(StrEnum):
    """Answers to whether trades followed a Rule 10b5-1 plan; older forms have no such box."""

    YES = "yes"
    NO = "no"
    UNSTATED = "unstated"


class Delivery(StrEnum):
    """How the filing of an event came."""

    LIVE = "live"
    BACKFILL = "backfill"


class ServiceName(StrEnum):
    """Services that make dead letters."""

    WATCHER = "watcher"
    PARSER = "parser"
    HOLDINGS = "holdings"
