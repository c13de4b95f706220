"""The normalizer: from the raw text of any reader to the typed events of the contract."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts.base import AccessionNumber, Contract, Text, UtcDatetime
from contracts.codes import DiagnosticCode, ErrorCode
from contracts.enumerations import FormType
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints
from contracts.structs import (
    CoOwner,
    Diagnostic,
    Filing,
    Holding,
    Signature,
    Transaction,
    TransactionsReported,
)
from services.parser.currencies import with_currency
from services.parser.document import Problem, RawDocument, collapse_whitespace, diagnosed
from services.parser.parties import issuer_of, owners_of
from services.parser.values import FILING_READERS, LINE_READERS, date_of, read_into
from services.section16.identity import filing_id_of
from services.section16.sgml_header import Header
from services.section16.vocabulary import TRANSACTION_CODES, form_type_of

MOST_DIAGNOSTICS: Final = 500
"""Diagnostics of one event. If there are more, one last diagnostic reports how many."""

MOST_LINES: Final = 5_000
"""Lines of the longest filing: EDGAR accepts sixty, and paper filings had some hundreds."""

MOST_OWNERS: Final = 100
"""Owners of the largest joint filing: EDGAR accepts ten. Each has an event with all lines."""

_NO_HEADER: Final = Header()
_OF_HOLDINGS: Final = frozenset(Holding.__struct_fields__)


class Facts(Contract):
    """Facts that travel with a filing, outside its document. Events contain them, so they follow the contract."""

    hints: Hints = Hints()
    filing_id: Text | None = None
    accession_number: AccessionNumber | None = None
    form_type: FormType | None = None
    filed_on: date | None = None
    accepted_at: UtcDatetime | None = None
    source_url: Text | None = None


def normalize(document: RawDocument, text: str, header: Header | None, facts: Facts) -> list[TransactionsReported]:
    """Return one event per owner, in document order. `text` is the whole content, whose hash may be the filing's id.

    >>> from services.parser.document import RawOwner
    >>> document = RawDocument("xml", {"form_type": "4"}, {"name": "ACME"}, [RawOwner({"name": "DOE"})])
    >>> [event.owner.name for event in normalize(document, "", None, Facts())]
    ['DOE']

    Raises:
        InvalidFiling: form type, issuer or owner is missing, or there are more lines or owners than any filing has.
    """
    if len(document.lines) > MOST_LINES:
        raise InvalidFiling(ErrorCode.TOO_MANY_LINES, f"the filing has {len(document.lines)} lines, over {MOST_LINES}")
    if len(document.owners) > MOST_OWNERS:
        raise InvalidFiling(
            ErrorCode.TOO_MANY_OWNERS, f"the filing has {len(document.owners)} owners, over {MOST_OWNERS}"
        )
    diagnostics = list(document.diagnostics)
    filing = _filing_of(document, text, header, facts, diagnostics)
    issuer = issuer_of(document, header, facts.hints, diagnostics)
    owners = owners_of(document, header, facts.hints)
    transactions, holdings = _lines_of(document, diagnostics)
    co_owners = [CoOwner(key=owner.key, cik=owner.cik, name=owner.name) for owner, _ in owners]
    return [
        TransactionsReported(
            filing=filing,
            issuer=issuer,
            owner=owner,
            owner_index=index,
            owner_count=len(owners) + document.unread_owners,
            co_owners=tuple(co_owners[:index] + co_owners[index + 1 :]),
            transactions=transactions,
            holdings=holdings,
            footnotes=document.footnotes,
            diagnostics=_bounded(diagnostics + of_owner),
        )
        for index, (owner, of_owner) in enumerate(owners)
    ]


def _bounded(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    if len(diagnostics) <= MOST_DIAGNOSTICS:
        return tuple(diagnostics)
    more = len(diagnostics) - MOST_DIAGNOSTICS
    return (*diagnostics[:MOST_DIAGNOSTICS], Diagnostic(code=DiagnosticCode.MORE_DIAGNOSTICS, raw=str(more)))


def _filing_of(
    document: RawDocument, text: str, header: Header | None, facts: Facts, diagnostics: list[Diagnostic]
) -> Filing:
    fields: dict[str, Any] = {}
    diagnostics.extend(diagnosed(read_into(fields, document.filing, FILING_READERS), "filing"))
    header = header or _NO_HEADER
    accession_number = _agreed("accession_number", header.accession_number, facts.accession_number, diagnostics)
    period = fields.pop("period_of_report", None)
    return Filing(
        filing_id=facts.filing_id or filing_id_of(accession_number, text),
        accession_number=accession_number,
        form_type=_form_type_of(document, header, facts, diagnostics),
        period_of_report=_agreed("period_of_report", period, header.period_of_report, diagnostics),
        filed_on=_agreed("filed_on", header.filed_on, facts.filed_on, diagnostics),
        accepted_at=_agreed("accepted_at", header.accepted_at, facts.accepted_at, diagnostics),
        source_url=facts.source_url,
        source_format=document.source_format,
        signatures=tuple(_signature_of(name, signed_on) for name, signed_on in document.signatures),
        **fields,
    )


def _form_type_of(document: RawDocument, header: Header, facts: Facts, diagnostics: list[Diagnostic]) -> FormType:
    raw = document.filing.get("form_type")
    form_type = form_type_of(raw) if raw is not None else None
    if raw is not None and form_type is None:
        raise InvalidFiling(ErrorCode.NOT_SECTION_16, f"the document is of type {collapse_whitespace(raw)[:20]}")
    if document.source_format != "xml" and form_type is not None:
        form_type = _amended(form_type, header.form_type or facts.form_type)
    for known in (header.form_type, facts.form_type):
        form_type = _agreed("form_type", form_type, known, diagnostics)
    if form_type is None:
        raise InvalidFiling(ErrorCode.NO_FORM_TYPE, "neither the document nor a hint gives the form type")
    return form_type


def _amended(form_type: FormType, known: FormType | None) -> FormType:
    """Return the form type with `/A` if a hint adds it: a rendering's title never has it."""
    return known if known is not None and known == f"{form_type}/A" else form_type


def _agreed(name: str, in_document: Any, elsewhere: Any, diagnostics: list[Diagnostic]) -> Any:
    """Return the document's value, else the other. If they differ, a diagnostic includes the one that was not used."""
    if in_document is None:
        return elsewhere
    if elsewhere is not None and elsewhere != in_document:
        diagnostics.append(Diagnostic(code=DiagnosticCode.HINT_DISAGREES, field=f"filing.{name}", raw=str(elsewhere)))
    return in_document


def _signature_of(name: str | None, signed_on: str | None) -> Signature:
    day = date_of(signed_on) if signed_on is not None else None
    written = day.isoformat() if day is not None else collapse_whitespace(signed_on or "") or None
    return Signature(name=collapse_whitespace(name or "") or None, date=written)


def _lines_of(
    document: RawDocument, diagnostics: list[Diagnostic]
) -> tuple[tuple[Transaction, ...], tuple[Holding, ...]]:
    transactions: list[Transaction] = []
    holdings: list[Holding] = []
    for number, raw in enumerate(document.lines):
        values, currency = with_currency(raw.values)
        fields: dict[str, Any] = {"line": number, "table": raw.table, "currency": currency}
        problems = read_into(fields, values, LINE_READERS)
        problems += raw.problems
        if raw.footnotes:
            fields["footnotes"] = _cited(raw.footnotes, document.footnotes, problems)
        if raw.is_transaction:
            code = fields.get("code")
            if code is not None and code not in TRANSACTION_CODES:
                problems.append((DiagnosticCode.UNKNOWN_CODE, "code", code))
            transactions.append(Transaction(**fields))
        else:
            if not fields.keys() <= _OF_HOLDINGS:
                _remove_transaction_fields(fields, problems)
            holdings.append(Holding(**fields))
        if problems:
            path = f"transactions[{len(transactions) - 1}]" if raw.is_transaction else f"holdings[{len(holdings) - 1}]"
            diagnostics += diagnosed(problems, path)
    return tuple(transactions), tuple(holdings)


def _cited(
    footnotes: Mapping[str, list[str]], defined: Mapping[str, str], problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, cited in footnotes.items():
        found[name] = tuple(cited)
        problems += [
            (DiagnosticCode.UNDEFINED_FOOTNOTE, name, identity) for identity in cited if identity not in defined
        ]
    return found


def _remove_transaction_fields(fields: dict[str, Any], problems: list[Problem]) -> None:
    """Remove the fields that only a transaction has from a holding, with a problem for each."""
    misplaced = [name for name in fields if name not in _OF_HOLDINGS]
    problems.extend((DiagnosticCode.NOT_OF_HOLDING, name, str(fields.pop(name))) for name in misplaced)
