"""Properties for every input: a truncated document never gives a wrong number, and no input crashes the parser."""

import re
from pathlib import Path
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import decode, encode
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from services.parser.form.cell_values import read_cell
from services.parser.layouts.converter_markup import read_markup
from services.parser.values import LINE_READERS, decimal_of
from services.parser.xml_elements import (
    FILING_FIELDS,
    GROUPS,
    ISSUER_FIELDS,
    LINE_FIELDS,
    OWNER_FIELDS,
    ROWS,
    SIGNATURE_FIELDS,
    TABLES,
)
from tests.event_json import assert_follows_contract

GOLDEN = Path(__file__).resolve().parents[1] / "filings" / "golden"
XML = (GOLDEN / "every_element.xml").read_bytes()
TEXTS = {
    name: (GOLDEN / name).read_text(encoding="utf-8") for name in ("tab_rows.txt", "pipe_tables.txt", "fragment.txt")
}
KNOWN = Hints(issuer=PartyHint(cik="0000912345", name="X CO"), owners=(PartyHint(cik="0000912346", name="Y"),))
NUMBERS = [name for name, (reader, _) in LINE_READERS.items() if reader is decimal_of]


def numbers_of(events: list[TransactionsReported]) -> set[tuple[str, str]]:
    """Return each number of the events' lines, with its field."""
    lines = [line for event in events for line in (*event.transactions, *event.holdings)]
    return {(name, value) for line in lines for name in NUMBERS if (value := getattr(line, name, None)) is not None}


@given(st.integers(min_value=0, max_value=len(XML.rstrip()) - 1))
def test_xml_truncated_anywhere_is_refused(length: int) -> None:
    """Half a document is not a document."""
    try:
        parse_filing(XML[:length], hints=KNOWN)
    except InvalidFiling:
        return
    raise AssertionError(f"{length} bytes were taken for the whole")


WORDS = st.sampled_from(
    [
        "",
        " ",
        "4",
        "5/A",
        "D",
        "i",
        "E",
        "s",
        "1",
        "true",
        "no",
        "2024-07-19",
        "2024-02-30",
        "7/1/2024",
        "1,000",
        "$38",
        "30,7836",
    ]
) | st.text(alphabet="aZ09 .,-$/&;<>\u00a0\n\u2013", max_size=12)
FIELDS = [*FILING_FIELDS, *ISSUER_FIELDS, *OWNER_FIELDS, *LINE_FIELDS, *SIGNATURE_FIELDS]
ELEMENTS = [
    *FIELDS,
    *FIELDS,
    *GROUPS,
    *ROWS,
    *TABLES,
    "issuer",
    "reportingOwner",
    "ownerSignature",
    "value",
    "newElement",
]
NOTES = st.builds('<footnoteId id="{}"/>'.format, st.sampled_from(["F1", "F2", ""]))


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return an element around others, or around a value."""
    filled = inner | WORDS.map(escape).map("<value>{}</value>".format)
    return st.builds("<{0}>{1}</{0}>".format, st.sampled_from(ELEMENTS), st.lists(filled, max_size=6).map("".join))


DOCUMENTS = st.lists(st.recursive(WORDS.map(escape) | NOTES, element, max_leaves=40), max_size=8).map(
    lambda parts: "<ownershipDocument>" + "".join(parts) + "</ownershipDocument>"
)


@given(DOCUMENTS)
def test_every_event_follows_the_contract(document: str) -> None:
    """Any elements in any order, with any text: events are built without validation."""
    try:
        events = parse_filing(document, hints=KNOWN, form_type="4")
    except InvalidFiling:
        return
    for event in events:
        assert_follows_contract(event)


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_a_text_cut_at_a_line_gives_no_other_numbers(name: str, data: st.DataObject) -> None:
    """A rendering that lost its end, or its beginning, gives a part of what the whole gives, or is refused."""
    lines = TEXTS[name].splitlines(keepends=True)
    at = data.draw(st.integers(min_value=0, max_value=len(lines)))
    kept = lines[:at] if data.draw(st.booleans()) else lines[at:]
    try:
        events = parse_filing("".join(kept), hints=KNOWN)
    except InvalidFiling:
        return
    whole = numbers_of(parse_filing(TEXTS[name], hints=KNOWN))
    assert numbers_of(events) <= whole


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_text_truncated_within_a_line_changes_only_numbers_of_that_line(name: str, data: st.DataObject) -> None:
    """A truncated number looks like a whole one, but every other line stays as it was."""
    text = TEXTS[name]
    cut = text[: data.draw(st.integers(min_value=0, max_value=len(text)))]
    last = cut.rpartition("\n")[2]
    try:
        events = parse_filing(cut, hints=KNOWN)
    except InvalidFiling:
        return
    whole = numbers_of(parse_filing(text, hints=KNOWN))
    written = {found.replace(",", "") for found in re.findall(r"[0-9.,]+", last)}
    assert {value for field, value in numbers_of(events) if (field, value) not in whole} <= written


@given(st.text() | st.binary())
def test_no_input_does_more_than_be_refused(content: str | bytes) -> None:
    """Anything at all: events of the contract, or InvalidFiling."""
    try:
        events = parse_filing(content, hints=KNOWN, form_type="4")
    except InvalidFiling:
        return
    assert all(decode(encode(event), TransactionsReported) == event for event in events)


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_text_with_a_changed_piece_gives_valid_events_or_is_refused(name: str, data: st.DataObject) -> None:
    """Whatever a converter did to it."""
    text = TEXTS[name]
    start = data.draw(st.integers(min_value=0, max_value=len(text)))
    end = data.draw(st.integers(min_value=start, max_value=min(len(text), start + 40)))
    piece = data.draw(st.text(alphabet="\t\n| (1)²⁽⁾<u>$,.XAD5/", max_size=10))
    try:
        events = parse_filing(text[:start] + piece + text[end:], hints=KNOWN)
    except InvalidFiling:
        return
    assert all(decode(encode(event), TransactionsReported) == event for event in events)


@given(st.decimals(min_value=0, max_value=10**12, places=4, allow_nan=False), st.sampled_from(["", "$", "$ "]))
def test_a_grouped_number_is_read_back_exactly(number: object, sign: str) -> None:
    """Commas in their places and a currency sign change nothing."""
    assert decimal_of(f"{sign}{number:,f}") == f"{number:f}"


@given(st.text(alphabet="0123456789,.$-+() ", max_size=20))
def test_number_has_exactly_the_digits_of_its_text_or_is_none(raw: str) -> None:
    """No digit is added, dropped or moved."""
    value = decimal_of(raw)
    if value is not None:
        assert value.lstrip("+-") == "".join(character for character in raw if character in "0123456789.")


@given(st.integers(min_value=0, max_value=10**9), st.lists(st.integers(min_value=1, max_value=99), max_size=4))
def test_markers_never_become_digits(number: int, cited: list[int]) -> None:
    """In any notation, joined to the number or not."""
    superscript = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    for dress in ("({})", " ({})", "<sup>({})</sup>", "<u>({})</u>", "⁽{}⁾"):
        markers = "".join(
            dress.format(str(mark).translate(superscript) if dress.startswith("⁽") else mark) for mark in cited
        )
        cell = read_cell(read_markup(f"{number:,}{markers}"), {})
        assert cell.text == f"{number:,}"
        assert cell.markers == tuple(f"F{mark}" for mark in cited)
