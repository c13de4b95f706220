"""The lines that filings report: table rows, text lines, and JSON with the filing, the issuer and the owner. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.base import decimal_text
from contracts.codec import encode
from contracts.filter_matching import line_value
from contracts.structs import Holding, Trades, Transaction, TransactionsReported
from services.cli.render.trade_text import trade_words
from services.cli.render.wording import NONE, amount, issuer_name, money, quoted, titled
from services.section16.alert_csv import json_cell
from services.section16.owner_roles import relationship
from services.section16.wording import plural

ReportedLine = Transaction | Holding

_QUOTED: Final = 120
_MOST_QUOTED: Final = 2


def lines_of(report: TransactionsReported) -> list[ReportedLine]:
    """Return transactions and holdings in the order of the document."""
    return sorted((*report.transactions, *report.holdings), key=lambda line: line.line)


def report_heading(report: TransactionsReported) -> str:
    """Return the form, its day, the issuer, the owner, and the filing's id."""
    filing = report.filing
    day = filing.filed_on or filing.period_of_report or "on an unknown day"
    joint = f", owner {report.owner_index + 1} of {report.owner_count}" if report.owner_count > 1 else ""
    who = f"{report.owner.name}, {relationship(report.owner)}{joint}"
    return f"{day}  Form {filing.form_type}  {issuer_name(report.issuer)}: {who}  ({filing.filing_id})"


def reported_cells(report: TransactionsReported, line: ReportedLine) -> tuple[str, ...]:
    """Return a line as a row: date, trade, security, how it is held, amount after, footnotes."""
    return (
        _date(line),
        _trade(line),
        line_security(line),
        line_held(line),
        line_amount(line, line.shares_owned_following, line.value_owned_following),
        "; ".join(_footnotes(report, line)),
    )


def reported_lines(report: TransactionsReported, lines: Iterable[ReportedLine]) -> list[str]:
    """Return the report's heading, followed by one text line per reported line."""
    return [report_heading(report), *(_one_line(line) for line in lines)]


def reported_json(report: TransactionsReported, lines: Iterable[ReportedLine]) -> Iterator[bytes]:
    """Yield an object per line: the line as in the event, with filing, issuer, owner and the footnotes it cites."""
    shared = (
        b'{"filing":%b,"issuer":%b,"owner":%b,"owner_index":%d,"owner_count":%d,'
        % (encode(report.filing), encode(report.issuer), encode(report.owner), report.owner_index, report.owner_count)
    )  # fmt: skip
    for line in lines:
        texts = (json_cell(cited(report, line)) or "{}").encode()
        kind = type(line).__name__.lower().encode()
        yield b'%b"kind":"%b","line":%b,"footnotes":%b}' % (shared, kind, encode(line), texts)


def cited(report: TransactionsReported, line: ReportedLine) -> dict[str, str]:
    """Return the footnotes that a line cites, by id, in the order of citing."""
    ids = dict.fromkeys(identity for cited_ids in line.footnotes.values() for identity in cited_ids)
    return {identity: report.footnotes[identity] for identity in ids if identity in report.footnotes}


def line_security(line: ReportedLine) -> str:
    """Return the security with the terms of a derivative."""
    terms = [money(line.exercise_price, line.currency)] if line.exercise_price is not None else []
    terms += [f"exp {line.expiration_date}"] if line.expiration_date is not None else []
    if isinstance(line, Holding) and line.underlying_shares is not None:
        terms.append(f"into {amount(line.underlying_shares)} {line.underlying_title or 'shares'}")
    return titled(line.security_title, terms)


def line_held(line: ReportedLine) -> str:
    """Return how the line's position is held."""
    return line.nature_of_ownership or {"D": "directly", "I": "indirectly"}.get(line.ownership or "", NONE)


def line_amount(line: ReportedLine, shares: str | None, value: str | None) -> str:
    """Return an amount in shares or in money, or a dash if it has neither."""
    if shares is not None:
        return amount(shares)
    return NONE if value is None else money(value, line.currency)


def _date(line: ReportedLine) -> str:
    return str(line.transaction_date or NONE) if isinstance(line, Transaction) else ""


def _trade(line: ReportedLine) -> str:
    return trade_words(_as_trade(line)) if isinstance(line, Transaction) else "holds"


def _as_trade(line: Transaction) -> Trades:
    value = line_value(line)
    return Trades(
        code=line.code,
        acquired_disposed=line.acquired_disposed,
        shares=line.shares,
        value=None if value is None else decimal_text(value),
        average_price=line.price_per_share if line.shares is not None else None,  # of notes it is a percentage
        currency=line.currency,
    )


def _one_line(line: ReportedLine) -> str:
    after = line_amount(line, line.shares_owned_following, line.value_owned_following)
    where = f"{line_security(line)}, {line_held(line)}"
    if isinstance(line, Holding):
        return f"holds {after} of {where}"
    return f"{_date(line)}  {_trade(line)}: {where}" + ("" if after == NONE else f"; holds {after} after")


def _footnotes(report: TransactionsReported, line: ReportedLine) -> Iterator[str]:
    """Yield the first footnotes that the line cites, and the number of further ones."""
    texts = list(dict.fromkeys(cited(report, line).values()))
    yield from (quoted(text, _QUOTED) for text in texts[:_MOST_QUOTED])
    if len(texts) > _MOST_QUOTED:
        yield plural(len(texts) - _MOST_QUOTED, "more footnote")
