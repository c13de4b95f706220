"""Cursors of lists and ids of stream events: a generation of the read model, and the seq of an alert in it."""

import re
from http import HTTPStatus
from typing import Final

from contracts.codes import ErrorCode
from services.gateway.http.problems import Problem
from services.gateway.read_model.stored import Cursor

CURSOR_PATTERN: Final = r"([A-Za-z0-9-]{1,64})\.([0-9]{1,18})"
_CURSOR: Final = re.compile(CURSOR_PATTERN)


def parse_cursor(text: str) -> tuple[str, int]:
    """Return the generation and seq of a cursor.

    Raises:
        Problem: it is not a cursor.

    >>> parse_cursor("7f3a.1204")
    ('7f3a', 1204)
    """
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise Problem(HTTPStatus.BAD_REQUEST, ErrorCode.INVALID_CURSOR, "a cursor is GENERATION.SEQ")
    return found[1], int(found[2])


def seq_before(cursor: str | None, newest: Cursor) -> int | None:
    """Return the seq before which the next page of a list begins; None for the first page.

    Raises:
        Problem: it is not a cursor, or is from before the read model was rebuilt.
    """
    if cursor is None:
        return None
    generation, seq = parse_cursor(cursor)
    if generation != newest.generation:
        raise Problem(
            HTTPStatus.GONE, ErrorCode.INVALID_CURSOR, "the read model has been rebuilt since the cursor was given"
        )
    return seq
