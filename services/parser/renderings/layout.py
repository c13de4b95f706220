"""Which layout a text has, by its content; and its page."""

from collections.abc import Iterable

from services.parser.renderings.lines import read_lines
from services.parser.renderings.markdown import is_markdown, read_markdown
from services.parser.renderings.page import Block, without_controls
from services.parser.renderings.spatial import is_spatial, read_spatial


def read_layout(text: str) -> Iterable[Block]:
    """The blocks of a text, whatever its layout."""
    text = without_controls(text)
    if is_markdown(text):
        return read_markdown(text)
    return read_spatial(text) if is_spatial(text) else read_lines(text)
