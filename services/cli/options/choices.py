"""Enumerated option values, used by completion and help."""

from enum import StrEnum


class Format(StrEnum):
    """Output formats."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class StatusFormat(StrEnum):
    """Output formats of `status`."""

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
    """Whether trades followed a Rule 10b5-1 plan; unstated on older forms, which have no such box."""

    YES = "yes"
    NO = "no"
    UNSTATED = "unstated"


class Delivery(StrEnum):
    """How a filing was delivered."""

    LIVE = "live"
    BACKFILL = "backfill"


class ServiceName(StrEnum):
    """Services that produce dead letters."""

    WATCHER = "watcher"
    PARSER = "parser"
    HOLDINGS = "holdings"
