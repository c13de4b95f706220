"""The layouts that pages come in, in the order in which they are tried, and the choice among them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.parser.form.blocks import Block
from services.parser.layouts.aligned_text.aligned_page import is_aligned_text, read_aligned_text
from services.parser.layouts.converter_markup import without_controls, without_link_targets
from services.parser.layouts.delimited import read_delimited
from services.parser.layouts.flattened import is_flattened, read_flattened
from services.parser.layouts.html.html_page import read_html
from services.parser.layouts.legacy_ascii.legacy_page import is_legacy_ascii, read_legacy_ascii
from services.parser.layouts.markdown.markdown_page import is_markdown, read_markdown
from services.parser.layouts.markdown.mixed_page import has_headings, is_mixed, read_mixed
from services.parser.layouts.markdown.stacked_page import is_stacked, read_stacked
from services.parser.layouts.pasted import is_pasted, read_pasted

PageFormat = Literal["html", "text"]

LONGEST_TEXT: Final = 20_000
"""Lines of the longest text: thirty rows per table, and the footnotes of a narrow page, fill a tenth of it."""

_DASHED_RULE: Final = re.compile(r"^ {2,4}-{2,}(?: -{2,})+ *$", re.MULTILINE)
"""The rule of a table as pandoc writes it. Such a table parts neither its rows nor its cells from wrapped lines."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of drawing the form: its name, how its pages are recognised, and how they are read."""

    name: str
    detect: Callable[[str], bool]
    read: Callable[[str], Iterable[Block]]


def _has_dashed_tables(text: str) -> bool:
    return "-- --" in text and _DASHED_RULE.search(text) is not None


def _refuse_dashed_tables(_: str) -> Iterator[Block]:
    raise InvalidFiling(ErrorCode.UNSUPPORTED_RENDERING, "the text has tables ruled with dashes alone")


def _is_page(text: str) -> bool:
    return not has_headings(text)


def _is_any(_: str) -> bool:
    return True


HTML: Final = Layout("HTML", _is_page, read_html)
"""Tried first, on content that begins with a tag: markdown may begin with one too, but heads the form's sections."""

TEXT_LAYOUTS: Final = (
    # Markdown comes first: its tables of HTML, and its rules, would otherwise pass for words of the layouts below.
    Layout("markdown with HTML tables", is_mixed, read_mixed),
    # A page of paragraphs has captions that no other layout has, and rules that could pass for those of tables.
    Layout("stacked markdown", is_stacked, read_stacked),
    Layout("markdown", is_markdown, read_markdown),
    # The old forms have column tags or items that no later form has, but some also set captions side by side.
    Layout("legacy ASCII", is_legacy_ascii, read_legacy_ascii),
    # Running text may have its captions at the places that the layouts below look for.
    Layout("flattened", is_flattened, read_flattened),
    # A copy with spaces for tabs would pass for aligned text, whose columns it does not have.
    Layout("pasted", is_pasted, read_pasted),
    # Dashed tables are refused before aligned text, which would take their wrapped lines for rows.
    Layout("dashed tables", _has_dashed_tables, _refuse_dashed_tables),
    Layout("aligned text", is_aligned_text, read_aligned_text),
    # Any other text is read line by line: a row of tabs or pipes, or words.
    Layout("delimited", _is_any, read_delimited),
)


def read_layout(text: str, page_format: PageFormat) -> tuple[PageFormat, Iterable[Block]]:
    """Return the format of a page, which decides how it is cited, and its blocks.

    `page_format` is what the start of the text looks like; markdown that begins with a tag turns out to be text.

    Raises:
        InvalidFiling: it has more lines than any form, or is of a layout that is not supported.
    """
    if page_format == "html" and HTML.detect(text):
        return "html", HTML.read(text)
    if text.count("\n") > LONGEST_TEXT:
        raise InvalidFiling(ErrorCode.TOO_LARGE, f"a rendering of over {LONGEST_TEXT} lines")
    text = without_link_targets(without_controls(text))
    return "text", next(layout.read(text) for layout in TEXT_LAYOUTS if layout.detect(text))
