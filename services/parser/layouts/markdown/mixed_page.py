"""Words and tables of markdown around tables of HTML, as converters leave tables that markdown cannot write."""

import re
from collections.abc import Iterator
from typing import Final

from services.parser.form.blocks import Block, MarkedText, Text, display_text, map_text, strip_text
from services.parser.form.captions import captioned_table
from services.parser.layouts.converter_markup import read_markup
from services.parser.layouts.html.html_page import read_html
from services.parser.layouts.markdown.nested_tables import TableRows, cells_between
from services.parser.layouts.markdown.wrapped_lines import whole_rows

_TABLE: Final = re.compile(r"<table\b[^<>]{0,500}>\s{0,100}<(?:colgroup|thead|tbody|tr|td)\b", re.IGNORECASE)
_HEADING: Final = re.compile(r"^#{1,6} (?:Reporting Owners|Signatures|Explanation of Responses|Remarks)", re.MULTILINE)
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
_PIPE_TABLE: Final = re.compile(r"^(?:\|.*\|[ \t]*(?:\n|\Z))+", re.MULTILINE)
_PIPE_ROW: Final = re.compile(r"^\|(.*)\|[ \t]*$", re.MULTILINE)
_SIGN: Final = "\ue000"
"""A character for private use, which marks the place of a table of markdown."""

_PLACE: Final = re.compile(f"{_SIGN}([0-9]+){_SIGN}")

_UNDERLINE: Final = re.compile(r" (?:-{3,}|={3,})$")


def has_headings(text: str) -> bool:
    r"""Return whether a section is headed as in markdown: then the text is not HTML, even if a tag begins it.

    >>> has_headings("<p>\n# Reporting Owners")
    True
    """
    return "# " in text and _HEADING.search(text) is not None


def is_mixed(text: str) -> bool:
    r"""Return whether there is a table of HTML in the text.

    >>> is_mixed("Words\n<table><tr>")
    True
    """
    return _TABLE.search(text) is not None


def read_mixed(text: str) -> Iterator[Block]:
    """Return the blocks of such a text.

    >>> list(read_mixed("**Words**"))
    ['Words', '']

    Raises:
        InvalidFiling: it has more nested tables, or more cells, than any page of a form.
    """
    tables: list[str] = []
    text = "\n".join(whole_rows(text.replace(_SIGN, "").split("\n")))
    text = _PIPE_TABLE.sub(lambda match: _taken(match.group(), tables), text)
    for block in read_html(_BLANK_LINE.sub("\n<p>\n", text)):
        place = _PLACE.fullmatch(block) if isinstance(block, str) else None
        if place:
            yield from _read_table(tables[int(place.group(1))])
        elif isinstance(block, str | MarkedText):
            line = map_text(lambda piece: _UNDERLINE.sub("", piece), block)
            yield read_markup(strip_text(line, "# "))
        else:
            yield block


def _taken(table: str, tables: list[str]) -> str:
    """Return the place of a table of securities, which is put to the others; the words of any other table."""
    if not any(map(_is_captions, table.split("\n"))):
        return _PIPE_ROW.sub(_as_words, table)
    tables.append(table)
    return f"\n<p>{_SIGN}{len(tables) - 1}{_SIGN}<p>\n"


def _is_captions(line: str) -> bool:
    return "itle of" in line and captioned_table([display_text(cell) for cell in _cells(line)]) is not None


def _cells(line: str) -> list[Text]:
    return [read_markup(cell) if cell.strip() else "" for cell in cells_between(line)]


def _read_table(table: str) -> Iterator[Block]:
    """Return the rows of a table: words above its captions, then rows as wide as these."""
    rows: TableRows | None = None
    for line in table.strip("\n").split("\n"):
        if not line.strip("|-: "):
            continue
        if rows is None and _is_captions(line):
            rows = TableRows(_cells(line))
        elif rows is None:
            yield from ("", *_cells(line))
        else:
            yield from rows.take(_cells(line), whole=True)
    if rows is not None:
        yield from rows.end()


def _as_words(row: re.Match[str]) -> str:
    """Return a row between bars, as notes and signatures have it, as a paragraph; a rule as nothing."""
    cells = [cell.strip() for cell in row.group(1).split("|")]
    return f"<p>{' '.join(cell for cell in cells if cell.strip('-:'))}<p>"
