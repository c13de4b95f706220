"""One filing in full: sentence, additions, lines as filed, footnotes and facts. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from markupsafe import Markup

from contracts.structs import Filing, Holding, HoldingChanged, Transaction, TransactionsReported
from services.gateway.amounts import number
from services.gateway.page import figures
from services.gateway.page.figures import Amount
from services.gateway.page.reconciliation import Addition, addition_of, change_of, holder_of, side_of
from services.gateway.page.tape_view import Row, day_of, path_of
from services.gateway.tape_entry import TapeEntry
from services.section16.vocabulary import TRANSACTION_CODES

MOST_ADDITIONS: Final = 3
MOST_LINES: Final = 8
_EDGAR: Final = "https://www.sec.gov/Archives/edgar/data"


@dataclass(frozen=True, slots=True)
class OtherPosition:
    """Another position of the filing, in one line."""

    title: str
    held: str
    kind: str
    change: Amount | None
    after: Amount | None


@dataclass(frozen=True, slots=True)
class FiledLine:
    """A line of the form as filed; `notes` are the numbers of the footnotes it cites."""

    day: str | None
    code: str
    meaning: str
    security: str
    shares: Amount | None
    price: str | None
    notes: tuple[str, ...]
    held: Amount | None


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote as filed."""

    id: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about the filing; `links` are names and addresses after its text."""

    name: str
    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PaneView:
    """A filing as the pane and its own page show it. `charted` counts the reports in the small chart."""

    row: Row
    filed: str
    additions: tuple[Addition, ...]
    more_additions: int
    others: tuple[OtherPosition, ...]
    years: str
    lines: tuple[FiledLine, ...]
    more_lines: tuple[FiledLine, ...]
    footnotes: tuple[Note, ...]
    facts: tuple[Fact, ...]
    chart: Markup = field(default_factory=Markup)
    charted: int = 0
    newer: str | None = None
    older: str | None = None
    close: str | None = None

    @property
    def fractions(self) -> bool:
        """Whether a line has a fraction of a share."""
        return any(
            each and each.fraction for line in (*self.lines, *self.more_lines) for each in (line.shares, line.held)
        )


def pane_of(entry: TapeEntry, row: Row, reports: Iterable[TransactionsReported], alert_id: str) -> PaneView:
    """Return the pane of a filing, opened by one of its alerts."""
    report = next((each for each in reports if each.owner_index == 0), None)
    lead = entry.lead_alerts
    lines = _lines(report, {note.id: note.number for note in _footnotes(report)}) if report else ()
    dates = [each.transaction_date for each in report.transactions if each.transaction_date] if report else []
    return PaneView(
        row=row,
        filed=_filed(entry.filing),
        additions=tuple(addition_of(alert) for alert in lead[:MOST_ADDITIONS]),
        more_additions=max(len(lead) - MOST_ADDITIONS, 0),
        others=tuple(_other(alert) for alert in entry.alerts if alert not in lead),
        years=_years(dates),
        lines=lines[:MOST_LINES],
        more_lines=lines[MOST_LINES:],
        footnotes=_footnotes(report) if report else (),
        facts=tuple(_facts(entry, report, alert_id)),
    )


def _filed(filing: Filing) -> str:
    day = figures.day(day_of(filing))
    form = f"Form{figures.FIXED}{filing.form_type}"
    if filing.accepted_at is not None:
        return f"Filed {day}, {figures.clock(filing.accepted_at)}{figures.FIXED}ET · {form}"
    if filing.filed_on is not None:
        return f"Filed {day} · {form}"
    return f"Signed {day} · {form}" if day else f"Filing date not known · {form}"


def _other(alert: HoldingChanged) -> OtherPosition:
    position = alert.position
    return OtherPosition(
        title=position.security_title or "Security without a title",
        held=holder_of(position.ownership, position.nature_of_ownership),
        kind=alert.kind,
        change=change_of(alert),
        after=figures.amount(number(alert.after)),
    )


def _lines(report: TransactionsReported, numbers: dict[str, str]) -> tuple[FiledLine, ...]:
    lines: list[Transaction | Holding] = sorted((*report.transactions, *report.holdings), key=lambda line: line.line)
    return tuple(_filed_line(line, numbers) for line in lines)


def _filed_line(line: Transaction | Holding, numbers: dict[str, str]) -> FiledLine:
    held = number(line.shares_owned_following)
    notes = tuple(dict.fromkeys(numbers.get(each, each) for ids in line.footnotes.values() for each in ids))
    if isinstance(line, Holding):
        return FiledLine(
            None,
            "held",
            "holding without a transaction",
            line.security_title or "",
            None,
            None,
            notes,
            figures.amount(held),
        )
    known = TRANSACTION_CODES.get(line.code or "")
    shares = number(line.shares)
    signed = -shares if shares is not None and line.acquired_disposed == "D" else shares
    price = number(line.price_per_share)
    return FiledLine(
        day=figures.short_day(line.transaction_date),
        code=line.code or "·",
        meaning=known.meaning if known else "code not known",
        security=line.security_title or "",
        shares=figures.amount(signed, signed=True, side=side_of(line.code, line.table)),
        price=figures.price(price, currency=line.currency),
        notes=notes,
        held=figures.amount(held),
    )


def _footnotes(report: TransactionsReported) -> tuple[Note, ...]:
    return tuple(Note(key, re.sub(r"^F(?=\d)", "", key), text) for key, text in report.footnotes.items())


def _years(dates: Sequence[date]) -> str:
    years = sorted({day.year for day in dates})
    return "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}\u2013{years[-1]}"


def _facts(entry: TapeEntry, report: TransactionsReported | None, alert_id: str) -> Iterable[Fact]:
    filing, issuer, owner = entry.filing, entry.issuer, entry.lead_alerts[0].owner
    if filing.accession_number and issuer.cik:
        number_only = filing.accession_number.replace("-", "")
        address = f"{_EDGAR}/{int(issuer.cik)}/{number_only}/{filing.accession_number}-index.htm"
        yield Fact("Accession", "", ((filing.accession_number, address),))
    else:
        yield Fact("Filing", filing.filing_id)
    yield Fact("Issuer", "", ((issuer.name, path_of("issuers", issuer.key)),))
    yield Fact("Insider", "", ((owner.name, path_of("owners", owner.key)),))
    joint = entry.lead_alerts[0].co_owners
    if joint:
        yield Fact("Joint filers", "", tuple((each.name, path_of("owners", each.key)) for each in joint))
    if filing.period_of_report:
        yield Fact("Period", figures.day(filing.period_of_report) or "")
    if filing.date_of_original_submission:
        yield Fact("Amends", f"the filing of {figures.day(filing.date_of_original_submission)}")
    signed = [", ".join(part for part in (each.name, each.date) if part) for each in filing.signatures]
    if any(signed):
        yield Fact("Signed", "; ".join(part for part in signed if part))
    if report is not None and filing.remarks:
        yield Fact("Remarks", filing.remarks)
    path = path_of("alerts", alert_id)
    yield Fact("Data", "", (("JSON", f"/v1{path}"), ("Permanent link", path)))
