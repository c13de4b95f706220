"""Generated filings, written in every layout and read back: no value is wrong, and lost values are reported."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.parser import parse_filing
from tests.event_json import json_of
from tests.filings.agreement import Agreement, compare, dumped
from tests.filings.all_fields import what_is_lost
from tests.generated import (
    agents_page,
    aligned_columns,
    ascii_form,
    boxed_tables,
    firm_forms,
    html2text_rows,
    ownership_xml,
    page_markdown,
    pasted_text,
    pipe_tables,
    reduced_page,
    stacked_cells,
    tab_rows,
    viewer_page,
)
from tests.generated.example import EXAMPLE
from tests.generated.filings import Drawn, filings
from tests.generated.style import Style, styles

Writer = Callable[[Drawn, Style], str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A writer, what its renderings can show (`tests/filings/unshown.py`), and the styles and owners it can write."""

    written: Writer
    make: frozenset[str] = frozenset({"text", "viewer"})
    styles: st.SearchStrategy[Style] = field(default_factory=styles)
    most_owners: int = 10


PRINTED: Final = styles(("({})", " ({})", " ^({})", "⁽{}⁾"), ("[X]", "__X__", "X before", "X after"), escapes=False)
"""The styles of a text browser, which knows no tags and escapes nothing."""

LAYOUTS: Final = {
    "viewer_page": Layout(viewer_page.written, frozenset({"page", "viewer", "links"})),
    "reduced_page": Layout(reduced_page.written, frozenset({"page", "reduced"})),
    "viewer_markdown": Layout(
        lambda filing, style: page_markdown.converted(viewer_page.written(filing, style)),
        frozenset({"text", "viewer", "links", "markdownify"}),
    ),
    "reduced_markdown": Layout(
        lambda filing, style: page_markdown.converted(reduced_page.written(filing, style)),
        frozenset({"text", "reduced", "markdownify"}),
    ),
    "viewer_paragraphs": Layout(
        lambda filing, style: stacked_cells.converted(viewer_page.written(filing, style)),
        frozenset({"text", "viewer", "links"}),
    ),
    "reduced_paragraphs": Layout(
        lambda filing, style: (
            stacked_cells.converted(reduced_page.written(filing, style)) + "\nNote: File three copies.\n"
        ),
        frozenset({"text", "reduced", "html2text"}),
    ),
    "tab_rows": Layout(tab_rows.written),
    "pipe_tables": Layout(pipe_tables.written),
    "html2text_rows": Layout(html2text_rows.written),
    "boxed_tables": Layout(boxed_tables.written, styles=PRINTED),
    "aligned_columns": Layout(aligned_columns.written, styles=PRINTED),
    "wide_columns": Layout(partial(aligned_columns.written, wide=True), styles=PRINTED),
    "ascii_form": Layout(ascii_form.written, frozenset({"text", "viewer", "ascii"}), PRINTED, most_owners=1),
    "pasted_text": Layout(pasted_text.written, styles=styles(("({})",), escapes=False)),
    "drawn_tables": Layout(partial(boxed_tables.written, drawn=True), styles=PRINTED),
}

AGENTS: Final = styles(("({})", " ({})"), escapes=False)
LAYOUTS.update(
    {
        name: Layout(
            partial(agents_page.written, spaced=spaced), frozenset({"page", "viewer", "ascii"}), AGENTS, most_owners=1
        )
        for name, spaced in (("agents_page", False), ("agents_page_with_space", True))
    }
)
LAYOUTS.update(
    {
        f"firm_{name}": Layout(
            partial(firm_forms.written, firm=firm),
            frozenset({"text", "viewer", "ascii"}),
            styles(("({})", " ({})"), escapes=False),
            most_owners=1,
        )
        for name, firm in firm_forms.FIRMS.items()
    }
)

_INDEXED_OWNER: Final = re.compile(r"^owners\[[0-9]+\]")

bounded = settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_back(filing: Drawn, text: str, make: frozenset[str]) -> tuple[Agreement, list[dict[str, Any]]]:
    """Return the values of a rendering of the filing, compared with those of its XML."""
    document = ownership_xml.written(filing)
    shown = [json_of(event) for event in parse_filing(text)]
    return compare(dumped(document), shown, make), shown


def unexplained(found: Agreement, shown: list[dict[str, Any]]) -> list[str]:
    """Return the values that are lost without a diagnostic for the field, its line, or its table."""
    named = {str(problem["field"]) for event in shown for problem in event["diagnostics"]}
    if named & {"non_derivative", "derivative"}:
        named |= {"transactions", "holdings"}
    if "owner.officer_title" in named:
        named.add("owner.other_text")  # the form has one place for both
    lost = {_INDEXED_OWNER.sub("owner", miss): miss for miss in found.lost}
    return [miss for path, miss in lost.items() if not path.startswith(tuple(named))]


@bounded
@given(filings())
def test_ownership_xml_carries_all_of_a_filing(filing: Drawn) -> None:
    """Every value and citation, in every owner's event."""
    document = ownership_xml.written(filing)
    assert what_is_lost(document, dumped(document)) == []


@pytest.mark.parametrize("name", LAYOUTS)
@bounded
@given(data=st.data())
def test_a_layout_gives_no_wrong_value(name: str, data: st.DataObject) -> None:
    """Any filing in any style of the layout: its values, or null with a diagnostic."""
    layout = LAYOUTS[name]
    filing, style = data.draw(filings(layout.most_owners)), data.draw(layout.styles)
    found, shown = read_back(filing, layout.written(filing, style), layout.make)
    assert found.wrong == []
    assert unexplained(found, shown) == []


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name != "viewer_paragraphs"])
def test_a_plain_filing_is_read_whole(name: str) -> None:
    """Every kind of line, in the plainest style: nothing is lost."""
    layout = LAYOUTS[name]
    found, shown = read_back(EXAMPLE, layout.written(EXAMPLE, Style()), layout.make)
    assert (found.lost, found.wrong) == ([], [])
    assert [event["diagnostics"] for event in shown] == [[]]
