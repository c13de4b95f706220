"""The known misses: each document and path whose value its rendering does not give, with the reason.

`python -m tests.filings.known_misses` rewrites the list from the parser's current output. A listed miss keeps its
reason; a new one gets `NEW`, which the tests refuse.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.filings.agreement import Agreement, measure
from tests.filings.renderings import Rendering, renderings

LISTING: Final = Path(__file__).parent / "known_misses.tsv"
NEW: Final = "not yet explained"

Miss = tuple[str, str, str]
"""The document within the corpus, `lost`, `wrong` or `raised`, and the value's path."""


def misses_of(rendering: Rendering, found: Agreement) -> list[Miss]:
    """Return the misses of a rendering; only the refusal if it was refused."""
    if found.raised:
        return [(rendering.name, "raised", found.raised.partition(":")[0])]
    return [
        (rendering.name, kind, miss.partition(":")[0])
        for kind, misses in (("lost", found.lost), ("wrong", found.wrong))
        for miss in misses
    ]


def known() -> dict[Miss, str]:
    """Return the listed misses and their reasons."""
    with LISTING.open(encoding="utf-8", newline="") as lines:
        return {(row[0], row[1], row[2]): row[3] for row in list(csv.reader(lines, delimiter="\t"))[1:]}


def written(misses: Iterable[Miss], reasons: dict[Miss, str]) -> str:
    """Return the listing's text."""
    rows = ("\t".join((*miss, reasons.get(miss, NEW))) for miss in misses)
    return "\n".join(("document\tkind\tpath\treason", *rows)) + "\n"


if __name__ == "__main__":
    found = [miss for rendering in renderings() for miss in misses_of(rendering, measure(rendering))]
    LISTING.write_text(written(found, known() if LISTING.exists() else {}), encoding="utf-8")
