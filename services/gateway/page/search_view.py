"""The results of a search. Pure."""

from dataclasses import dataclass
from typing import Any, Final

from services.gateway.page.tape_view import path_of
from services.gateway.read_model.parties import SearchHit

_KINDS: Final = {"issuer": "Company", "owner": "Insider", "filing": "Filing"}


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit. `matched` is what the text was found in, if that is not the name."""

    name: str
    what: str
    matched: str
    cik: str
    href: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """The results of a search."""

    text: str
    hits: tuple[HitRow, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return f"Search: {self.text}" if self.text.strip() else "Search"

    @property
    def nothing(self) -> str:
        """The sentence if there is no hit."""
        if not self.text.strip():
            return "Search for a ticker, a company, an insider, a CIK or an accession number."
        return "No company, insider or filing of this tape has this name, ticker or number."


def hit_row(hit: SearchHit, alert_id: str | None = None) -> HitRow:
    """Return a hit with its address; `alert_id` is an alert of the filing that was found."""
    path = path_of("alerts", alert_id) if alert_id else path_of(f"{hit.kind}s", hit.key)
    return HitRow(
        name=hit.name,
        what=_KINDS[hit.kind],
        matched="" if hit.matched == hit.name else hit.matched,
        cik=hit.key if hit.key.isdecimal() else "",
        href=path,
    )


def requests_of(description: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return method, path and the first sentence of the requests in an OpenAPI description."""
    return [
        (method.upper(), path, operation["description"].partition(". ")[0].removesuffix("."))
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]
