"""Parsed reports as holdings receives them."""

from contracts import transactions_reported
from contracts.codec import decode, encode
from contracts.structs import TransactionsReported


def as_struct(report: transactions_reported.TransactionsReported) -> TransactionsReported:
    """Return what holdings decodes from the parser's event."""
    return decode(encode(report), TransactionsReported)
