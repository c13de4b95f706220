"""The unknown changes over the real filings, each with the reason why no filing of the corpus explains it.

`python -m tests.holdings_cases.known_unknowns` rewrites the list from the ledger's current output. A listed change
keeps its reason; a new one gets `NEW`, which the tests refuse. A reason that begins with `not at hand` means that the
corpus lacks filings between two of its filings.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from contracts.structs import HoldingChanged
from tests.filings.corpus import SHARED
from tests.holdings_cases.corpus_books import corpus_books
from tests.holdings_cases.figures import Figures, measure

LISTING: Final = Path(__file__).parents[1] / "filings" / "known_unknowns.tsv"
NEW: Final = "not yet explained"
NOT_AT_HAND: Final = "not at hand"
_HEAD: Final = ("filing_id", "owner", "position", "unexplained", "reason")

Unknown = tuple[str, str, str, str]
"""The filing, the owner's name, the position's title and holder, and the unexplained change."""


def unknowns_of(figures: Figures) -> Iterator[Unknown]:
    """Yield the unknown changes of a measurement."""
    yield from map(unknown_of, figures.unknown)


def known() -> dict[Unknown, str]:
    """Return the listed changes and their reasons."""
    with LISTING.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t"))[1:]
    return {
        (filing_id, owner, position, unexplained): reason for filing_id, owner, position, unexplained, reason in rows
    }


def written(unknowns: Iterable[Unknown], reasons: dict[Unknown, str]) -> str:
    """Return the listing's text."""
    rows = ("\t".join((*unknown, reasons.get(unknown, NEW))) for unknown in sorted(set(unknowns)))
    return "\n".join(("\t".join(_HEAD), *rows)) + "\n"


def lines_at_hand(figures: Figures) -> tuple[int, int, int]:
    """Count the trade lines on a known ledger, those that tie and those explained, without the gaps of the corpus."""
    reasons = known()
    gaps = [each for each in figures.unknown if reasons.get(unknown_of(each), "").startswith(NOT_AT_HAND)]
    behind = sum(bool(each.trades) and each.ledger_before is not None for each in gaps)
    return figures.known_lines - behind, figures.tied_lines, figures.explained_lines


def unknown_of(alert: HoldingChanged) -> Unknown:
    """Return how the listing names an unknown change."""
    position = alert.position
    words = (position.security_title, position.ownership, position.nature_of_ownership, position.exercise_price)
    title = " ".join(word for word in words if word)
    return alert.filing.filing_id, alert.owner.name, title, alert.unexplained_change or ""


if __name__ == "__main__":
    if not SHARED.is_dir():
        raise SystemExit("there is no corpus of real filings beside the project")
    LISTING.write_text(
        written(unknowns_of(measure(corpus_books())), known() if LISTING.exists() else {}), encoding="utf-8"
    )
