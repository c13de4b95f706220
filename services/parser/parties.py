"""The reporting owners and the issuer: from the document, completed by the hints that travel with the filing.

If the document and a hint name different parties, the document wins, and a diagnostic reports it.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import Diagnostic, Issuer, Owner
from services.parser.document import RawDocument, RawOwner, collapse_whitespace, diagnosed
from services.parser.values import OWNER_READERS, read_into
from services.section16.identity import cik_of, normalized_name, party_key
from services.section16.sgml_header import Header
from services.section16.tickers import tickers_of

_STATE: Final = re.compile(r" ?/(?:[A-Z]{2}/?)?$")
_PUNCTUATION: Final = re.compile(r"[\W_]")


def issuer_of(document: RawDocument, header: Header | None, hints: Hints, diagnostics: list[Diagnostic]) -> Issuer:
    """Return the issuer.

    >>> document = RawDocument("xml", issuer={"name": "ACME INC", "trading_symbol": "AC"})
    >>> issuer_of(document, None, Hints(), []).tickers
    ('AC',)

    Raises:
        InvalidFiling: neither the document nor a hint names one.
    """
    values = document.issuer
    cik = _cik(values, "issuer.cik", diagnostics)
    name = collapse_whitespace(values.get("name", "")) or None
    symbol = collapse_whitespace(values.get("trading_symbol", "")) or None
    for hint in (header.issuer if header else None, hints.issuer):
        if hint is not None:
            cik, name = _completed(cik, name, hint, "issuer", diagnostics)
            symbol = symbol or hint.trading_symbol
    identity = _identity(cik, name, "issuer", diagnostics)
    if identity is None:
        raise InvalidFiling(ErrorCode.NO_ISSUER, "neither the document nor a hint names an issuer")
    return Issuer(
        **identity,
        trading_symbol=symbol,
        foreign_trading_symbol=collapse_whitespace(values.get("foreign_trading_symbol", "")) or None,
        tickers=tickers_of(symbol),
    )


def owners_of(document: RawDocument, header: Header | None, hints: Hints) -> list[tuple[Owner, list[Diagnostic]]]:
    """Return the reporting owners in document order, each with its own diagnostics.

    >>> document = RawDocument("xml", owners=[RawOwner({"name": "DOE JANE"})])
    >>> [owner.name for owner, _ in owners_of(document, None, Hints())]
    ['DOE JANE']

    Raises:
        InvalidFiling: neither the document nor a hint names one.
    """
    known = [*(header.owners if header else ()), *hints.owners]
    raw_owners = document.owners or [RawOwner() for _ in (header.owners if header and header.owners else hints.owners)]
    found = [_owner_of(raw, index, len(raw_owners), known) for index, raw in enumerate(raw_owners)]
    if not found:
        raise InvalidFiling(ErrorCode.NO_OWNER, "neither the document nor a hint names a reporting owner")
    return found


def _owner_of(raw: RawOwner, index: int, count: int, known: Sequence[PartyHint]) -> tuple[Owner, list[Diagnostic]]:
    fields: dict[str, Any] = {}
    problems = read_into(fields, raw.values, OWNER_READERS)
    diagnostics = diagnosed(raw.problems + problems, "owner")
    cik = _cik(raw.values, "owner.cik", diagnostics)
    name = collapse_whitespace(raw.values.get("name", "")) or None
    for hint in _hints_for(cik, name, index, count, known):
        cik, name = _completed(cik, name, hint, "owner", diagnostics)
    identity = _identity(cik, name, "owner", diagnostics)
    if identity is None:
        raise InvalidFiling(ErrorCode.NO_OWNER, f"owner {index} of the filing has neither CIK nor name")
    return Owner(**identity, **fields), diagnostics


def _identity(cik: str | None, name: str | None, path: str, diagnostics: list[Diagnostic]) -> dict[str, Any] | None:
    """Return the key, CIK and name of a party; None if it has neither CIK nor name. A CIK replaces a missing name."""
    if name is None:
        if cik is None:
            return None
        diagnostics.append(Diagnostic(code=DiagnosticCode.MISSING_NAME, field=f"{path}.name"))
        name = cik
    return {"key": party_key(cik, name), "cik": cik, "name": name}


def _cik(values: dict[str, str], path: str, diagnostics: list[Diagnostic]) -> str | None:
    raw = values.get("cik")
    if raw is None:
        return None
    cik = cik_of(raw)
    if cik is None:
        diagnostics.append(Diagnostic(code=DiagnosticCode.MALFORMED_CIK, field=path, raw=raw))
    return cik


def _hints_for(
    cik: str | None, name: str | None, index: int, count: int, known: Sequence[PartyHint]
) -> Sequence[PartyHint]:
    """Return the hints about one owner: of the same CIK or name, or at the same index if no other match is possible."""
    same = [hint for hint in known if _is_about(cik, name, hint)]
    if same:
        return same
    if count == 1 and len({(hint.cik, hint.name) for hint in known}) == 1:
        return known[:1]
    if cik is None and name is None:
        return known[index : index + 1]
    return ()


def _is_about(cik: str | None, name: str | None, hint: PartyHint) -> bool:
    if cik is not None and hint.cik is not None:
        return cik == hint.cik
    return name is not None and hint.name is not None and normalized_name(name) == normalized_name(hint.name)


def _completed(
    cik: str | None, name: str | None, hint: PartyHint, path: str, diagnostics: list[Diagnostic]
) -> tuple[str | None, str | None]:
    """Return the party's CIK and name, completed by a hint about the same party."""
    disputed = _disputed(cik, name, hint)
    if disputed is None:
        return cik or hint.cik, name or hint.name
    field, raw = disputed
    diagnostics.append(Diagnostic(code=DiagnosticCode.HINT_DISAGREES, field=f"{path}.{field}", raw=raw))
    return cik, name


def _disputed(cik: str | None, name: str | None, hint: PartyHint) -> tuple[str, str] | None:
    """Return the field in which a hint names another party, and its value there. Names count only without CIKs."""
    if cik and hint.cik:
        return ("cik", hint.cik) if cik != hint.cik else None
    if name and hint.name and _bare(name) != _bare(hint.name):
        return "name", hint.name
    return None


def _bare(name: str) -> str:
    """Return a name's letters and digits, without the state that EDGAR appends (`EXAMPLE CORP /DE/`)."""
    return _PUNCTUATION.sub("", _STATE.sub("", normalized_name(name)))
