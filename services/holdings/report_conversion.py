"""Convert a report to the form that the ledger computes with and that its state keeps."""

import base64
import hashlib
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.structs import Line, TransactionsReported
from services.holdings.chain_building import build_chains
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import day_in_order

_DAYS_REMEMBERED: Final = 1_024
"""Days whose text is cached: the lines of a filing repeat a few."""


def convert_report(report: TransactionsReported) -> FiledReport:
    """Return the ledger's form of a report."""
    filing = report.filing
    chains = build_chains(report)
    named = filing.accession_number is not None or filing.source_url is None
    return FiledReport(
        filing_id=filing.filing_id,
        form_type=filing.form_type,
        day=day_in_order(filing),
        accepted_at=filing.accepted_at,
        period=filing.period_of_report,
        original=filing.date_of_original_submission,
        fingerprint=_fingerprint(report),
        chains=chains,
        size=max(1, len(chains)),
        name="" if named or filing.source_url is None else filing.source_url.rpartition("/")[2],
    )


def _fingerprint(report: TransactionsReported) -> str:
    """Return a hash of the report's lines, verbatim except for footnotes; empty if there are no lines."""
    if not (report.transactions or report.holdings):
        return ""
    texts = [
        f"{_day_text(line.transaction_date)}|{line.deemed_execution_date!s}|{line.code!s}|{line.shares!s}"
        f"|{line.total_value!s}|{line.price_per_share!s}|{line.acquired_disposed!s}|{line.form_type!s}"
        f"|{line.timeliness!s}|{_holding_text(line)}"
        for line in report.transactions
    ]
    texts += [_holding_text(line) for line in report.holdings]
    digest = hashlib.blake2b("\n".join(texts).encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _holding_text(line: Line) -> str:
    # `!s` spares None, which most fields are, the cost of being formatted.
    position = (
        f"{line.security_title!s}|{line.ownership!s}|{line.nature_of_ownership!s}|{line.shares_owned_following!s}"
        f"|{line.value_owned_following!s}"
    )
    if line.table == "non_derivative":
        return position
    return (
        f"{position}|{line.exercise_price!s}|{_day_text(line.exercise_date)}|{_day_text(line.expiration_date)}"
        f"|{line.underlying_title!s}|{line.underlying_shares!s}|{line.underlying_value!s}"
    )


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _day_text(day: date | None) -> str:
    return str(day)
