"""Fragments: pages that name no issuer or no owner. No stream takes them, but they can be shown."""

import json
from dataclasses import dataclass
from typing import Any, Final

from contracts.codec import encode
from contracts.codes import DiagnosticCode, ErrorCode
from contracts.enumerations import FormType
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import TransactionsReported
from services.parser.filing import parse_filing

UNKNOWN: Final = "(unknown)"
"""The name of a missing party in a fragment's events, which no program may take for a name."""

_MISSING: Final[dict[str, str]] = {ErrorCode.NO_ISSUER: "issuer", ErrorCode.NO_OWNER: "owner"}


@dataclass(frozen=True, slots=True)
class Fragment:
    """The events of a page, and the parties it does not name: `issuer`, `owner`. Those are named `UNKNOWN`."""

    reports: list[TransactionsReported]
    missing: tuple[str, ...]

    def refusal(self) -> InvalidFiling:
        """Return the error that a stream refuses a fragment with.

        >>> Fragment([], ("issuer",)).refusal().code
        <ErrorCode.NO_ISSUER: 'no_issuer'>
        """
        code, party = next((code, party) for code, party in _MISSING.items() if party in self.missing)
        return InvalidFiling(code, f"neither the document nor a hint names the {party}; it is a fragment")

    def as_json(self) -> list[dict[str, Any]]:
        """Return the events as JSON has them, with null for each missing party.

        >>> Fragment([], ("issuer",)).as_json()
        []
        """
        nulls = dict.fromkeys((*self.missing, *(["co_owners"] if "owner" in self.missing else [])))
        marked = {str(DiagnosticCode.FRAGMENT): True} if self.missing else {}
        return [{**json.loads(encode(report)), **nulls, **marked} for report in self.reports]


def parse_fragment(
    content: bytes, *, hints: Hints, form_type: FormType | None = None, source_url: str | None = None
) -> Fragment:
    r"""Return everything that a page shows, even if it names no issuer or owner.

    >>> page = b"FORM 3\n1. Title of Security\t2. Amount\t3. Ownership Form\t4. Nature of\nStock\t500\tD\t"
    >>> parse_fragment(page, hints=Hints()).missing
    ('issuer', 'owner')

    Raises:
        InvalidFiling: it cannot be read for another reason.
    """
    missing: list[str] = []
    while True:
        try:
            reports = parse_filing(content, hints=hints, form_type=form_type, source_url=source_url)
        except InvalidFiling as error:
            party = _MISSING.get(error.code)
            if party is None or party in missing:
                raise
            missing.append(party)
            hints = _completed(hints, party)
        else:
            return Fragment(reports, tuple(missing))


def _completed(hints: Hints, party: str) -> Hints:
    """Return the hints with a stand-in for a missing party."""
    if party == "owner":
        return hints.model_copy(update={"owners": (PartyHint(name=UNKNOWN),)})
    symbol = hints.issuer.trading_symbol if hints.issuer else None
    return hints.model_copy(update={"issuer": PartyHint(name=UNKNOWN, trading_symbol=symbol)})
