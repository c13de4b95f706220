"""Intake: a report as the ledger takes it in, and as its state keeps it."""

import base64
import hashlib
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.transactions_reported import Line, TransactionsReported
from services.holdings.filed_report import FiledReport
from services.holdings.order import day_in_order
from services.holdings.running import running_chains


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
        f"{_text(line.transaction_date)}|{_text(line.deemed_execution_date)}|{line.code}|{line.shares}|{line.total_value}"
        f"|{line.price_per_share}|{line.acquired_disposed}|{line.form_type}|{line.timeliness}|{_held_of(line)}"
        for line in report.transactions
    ]
    said += [_held_of(line) for line in report.holdings]
    digest = hashlib.blake2b("\n".join(said).encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _held_of(line: Line) -> str:
    held = f"{line.security_title}|{line.ownership}|{line.nature_of_ownership}|{line.shares_owned_following}"
    held += f"|{line.value_owned_following}"
    if line.table == "non_derivative":
        return held
    terms = f"{line.exercise_price}|{_text(line.exercise_date)}|{_text(line.expiration_date)}|{line.underlying_title}"
    return f"{held}|{terms}|{line.underlying_shares}|{line.underlying_value}"


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _text(day: date | None) -> str:
    return str(day)
