"""Enumerated option values, used by completion and help."""

from enum import StrEnum


class Format(StrEnum):
    """Output formats."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class AlertFormat(StrEnum):
    """Output formats of alerts: text is one sentence per filing."""

    TABLE = "table"
    TEXT = "text"
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
    OTHER = "other"


class Plan(StrEnum):
    """Whether trades followed a Rule 10b5-1 plan; unstated on older forms, which have no such box."""

    YES = "yes"
    NO = "no"
    UNSTATED = "unstated"


class Table(StrEnum):
    """Tables of the forms: I and II."""

    NON_DERIVATIVE = "non_derivative"
    DERIVATIVE = "derivative"


class Ownership(StrEnum):
    """How a position is held: directly or indirectly."""

    DIRECT = "D"
    INDIRECT = "I"


class FormType(StrEnum):
    """Form types; `/A` marks an amendment."""

    FORM_3 = "3"
    FORM_3A = "3/A"
    FORM_4 = "4"
    FORM_4A = "4/A"
    FORM_5 = "5"
    FORM_5A = "5/A"


class Explanation(StrEnum):
    """Why trades and ledger differ."""

    ROUNDING = "rounding"
    SPLIT = "split"
    TRANSFER = "transfer"
    AMENDMENT = "amendment"
    LATE_REPORT = "late_report"
    STATED = "stated"
    LINE_ERROR = "line_error"
    UNKNOWN = "unknown"


class Delivery(StrEnum):
    """How a filing was delivered."""

    LIVE = "live"
    BACKFILL = "backfill"


class ServiceName(StrEnum):
    """Services that produce dead letters."""

    WATCHER = "watcher"
    PARSER = "parser"
    HOLDINGS = "holdings"
