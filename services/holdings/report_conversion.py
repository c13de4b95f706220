"""Intake: a report as the ledger takes it in, and as its state keeps it."""

import base64
import hashlib
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.transactions_reported import Line, TransactionsReported
from services.holdings.chain_building import running_chains
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import day_in_order

_DAYS_REMEMBERED: Final = 1_024
"""Days whose text is kept: the lines of a filing repeat a few."""


def filed_report(report: TransactionsReported) -> FiledReport:
    """Return what the state keeps of a report."""
    filing = report.filing
    chains = running_chains(report)
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
    """Return a fingerprint of the report's lines, word for word but for their footnotes; empty without lines."""
    if not (report.transactions or report.holdings):
        return ""
    said = [
        f"{_text(line.transaction_date)}|{line.deemed_execution_date!s}|{line.code!s}|{line.shares!s}"
        f"|{line.total_value!s}|{line.price_per_share!s}|{line.acquired_disposed!s}|{line.form_type!s}"
        f"|{line.timeliness!s}|{_held_of(line)}"
        for line in report.transactions
    ]
    said += [_held_of(line) for line in report.holdings]
    digest = hashlib.blake2b("\n".join(said).encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _held_of(line: Line) -> str:
    # `!s` spares None, which most fields are, the cost of being formatted.
    held = (
        f"{line.security_title!s}|{line.ownership!s}|{line.nature_of_ownership!s}|{line.shares_owned_following!s}"
        f"|{line.value_owned_following!s}"
    )
    if line.table == "non_derivative":
        return held
    return (
        f"{held}|{line.exercise_price!s}|{_text(line.exercise_date)}|{_text(line.expiration_date)}"
        f"|{line.underlying_title!s}|{line.underlying_shares!s}|{line.underlying_value!s}"
    )


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _text(day: date | None) -> str:
    return str(day)
