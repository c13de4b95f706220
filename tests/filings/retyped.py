"""Real filings retyped: each XML document of the corpus written again in layouts that the corpus lacks.

`python -m tests.filings.retyped [-v]` measures them as `tests.filings.agreement` does; `-v` names each miss.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from tests.event_json import json_of
from tests.filings.agreement import Agreement, Event, compare, dumped, summed
from tests.filings.corpus import CORPUS, files_of
from tests.generated import (
    agents_page,
    aligned_columns,
    firm_forms,
    pasted_text,
    reduced_page,
    stacked_cells,
    viewer_page,
)
from tests.generated.filings import Drawn, Line, Owner
from tests.generated.ownership_xml import ISSUER_CIK
from tests.generated.style import Style

_MARKER_LIKE: Final = re.compile(r"\([0-9]{1,2}\)")
Writer = Callable[[Drawn, Style], str]

_ASCII: Final = frozenset({"text", "viewer", "ascii"})
LAYOUTS: Final[dict[str, tuple[Writer, frozenset[str], int]]] = {
    "pasted text": (pasted_text.written, frozenset({"text", "viewer"}), 10),
    "markdown, viewer": (
        lambda filing, style: stacked_cells.converted(viewer_page.written(filing, style)).replace(ISSUER_CIK, ""),
        frozenset({"text", "viewer"}),
        10,
    ),
    "markdown, reduced": (
        lambda filing, style: stacked_cells.converted(reduced_page.written(filing, style)),
        frozenset({"text", "reduced", "html2text"}),
        10,
    ),
    "wide columns": (partial(aligned_columns.written, wide=True), frozenset({"text", "viewer"}), 10),
    "agents' pages": (agents_page.written, frozenset({"page", "viewer", "ascii"}), 1),
    **{
        f"ASCII, {name}": (partial(firm_forms.written, firm=firm), _ASCII, 1) for name, firm in firm_forms.FIRMS.items()
    },
}
"""Each layout's writer, what its pages show, and the most owners that it has place for."""


def drawn(events: Sequence[Event]) -> Drawn:
    """Return a filing, as its events have it, as the writers take it."""
    first = events[0]
    filing = first["filing"]
    numbers = {identity: number for number, identity in enumerate(first["footnotes"], start=1)}
    lines = sorted([*first["transactions"], *first["holdings"]], key=lambda line: line["line"])
    return Drawn(
        form=filing["form_type"][0],
        amends=filing["form_type"].endswith("/A"),
        period=filing["period_of_report"] or "",
        original=filing["date_of_original_submission"] or "",
        no_longer_subject=bool(filing["not_subject_to_section16"]),
        plan=bool(filing["rule_10b5_1_plan"]),
        issuer=first["issuer"]["name"],
        symbol=first["issuer"]["trading_symbol"] or "",
        owners=[_owner(event["owner"]) for event in events],
        lines=[_line(line, numbers) for line in lines],
        footnotes=list(first["footnotes"].values()),
        remarks=filing["remarks"] or "",
        signatures=[(each["name"] or "", each["date"] or "") for each in filing["signatures"]],
    )


def _owner(owner: Event) -> Owner:
    return Owner(
        **{name: owner[name] or "" for name in ("name", "cik", "street1", "street2", "city", "state", "zip_code")},
        is_director=bool(owner["is_director"]),
        is_ten_percent_owner=bool(owner["is_ten_percent_owner"]),
        officer_title=owner["officer_title"] or "",
        other_text=owner["other_text"] or "",
    )


def _line(line: Event, numbers: dict[str, int]) -> Line:
    values = {name: _text(value) for name, value in line.items() if value is not None and name not in _APART}
    notes = {name: [numbers[one] for one in ids if one in numbers] for name, ids in line["footnotes"].items()}
    return Line(line["table"], "code" in line, values, notes)


_APART: Final = ("line", "table", "footnotes")


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def can_show(filing: Drawn, events: Sequence[Event], most_owners: int) -> bool:
    """Return whether a layout has a place for all of a filing.

    It has none for an address abroad or an officer without a title, and `(1)` is a footnote's marker on it, not a word.
    """
    if any(_MARKER_LIKE.search(text) for line in filing.lines for text in line.values.values()):
        return False
    titled = all(bool(event["owner"]["is_officer"]) == bool(event["owner"]["officer_title"]) for event in events)
    other = all(bool(event["owner"]["is_other"]) == bool(event["owner"]["other_text"]) for event in events)
    whole = all(
        owner.city.strip(",") == owner.city != "" and owner.state and owner.zip_code and owner.street1
        for owner in filing.owners
    )
    return titled and other and whole and len(filing.owners) <= most_owners and bool(filing.period)


def measured(paths: Sequence[Path]) -> Iterator[tuple[str, str, Agreement]]:
    """Return the agreement of each retyped filing with its document, with its layout and name."""
    for path in paths:
        try:
            events = dumped(path.read_bytes())
        except InvalidFiling:
            continue
        filing = drawn(events)
        for name, (written, make, most_owners) in LAYOUTS.items():
            if can_show(filing, events, most_owners):
                yield name, path.name, _measure(events, written(filing, Style()), make)


def _measure(events: Sequence[Event], text: str, make: frozenset[str]) -> Agreement:
    try:
        shown = [json_of(event) for event in parse_filing(text)]
    except InvalidFiling as refusal:
        found = compare(events, [], make)
        found.raised = str(refusal)
        return found
    return compare(events, shown, make)


def main(arguments: Sequence[str]) -> None:
    """Print what share of each layout is right, and with `-v` every miss."""
    by_layout: dict[str, list[Agreement]] = {}
    for layout, name, found in measured(files_of(CORPUS / "xml", "*.xml")):
        by_layout.setdefault(layout, []).append(found)
        misses = [*(f"lost  {miss}" for miss in found.lost), *(f"wrong  {miss}" for miss in found.wrong)]
        if "-v" in arguments and (misses or found.raised):
            sys.stdout.write(f"{layout}, {name}: {found.raised or ''}\n")
            sys.stdout.write("".join(f"  {miss[:200]}\n" for miss in misses))
    for layout, each in by_layout.items():
        total = summed(each)
        refused = sum(found.raised is not None for found in each)
        sys.stdout.write(
            f"{layout:24}{len(each):>6} filings {total.compared:>7} values {total.share:>8.2%} right "
            f"{len(total.lost):>5} lost {len(total.wrong):>4} wrong {refused:>3} refused\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
