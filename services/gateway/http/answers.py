"""Responses: stored bytes joined to JSON, with an `ETag` that changes with every commit of the projector."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from contracts.codec import encode
from contracts.codes import ErrorCode
from services.gateway.http.cursors import seq_before
from services.gateway.http.problems import Problem
from services.gateway.http.state import gateway_of
from services.gateway.read_model.stored import Cursor, Page
from services.section16.edgar_calendar import EASTERN

Item = TypeVar("Item")

JSON: Final = "application/json"
_VERSION: Final = version("insidertape")


class Answer:
    """The response to one request about the read model as of `newest`."""

    def __init__(self, request: Request, newest: Cursor) -> None:
        self._newest = newest
        today = datetime.now(EASTERN).date()  # positions expire, and previews count days
        self._etag = f'W/"{_VERSION}-{newest.generation}.{newest.batches}-{today}"'
        self._known = request.headers.get("if-none-match", "")

    @property
    def unchanged(self) -> Response | None:
        """A response without content if the client has the same already; None if it has not."""
        if self._etag in {each.strip() for each in self._known.split(",")}:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=self._headers)
        return None

    def page(self, items: Sequence[bytes], following: int | None) -> Response:
        """Return a page of a list whose items are encoded already; `following` is the seq of its cursor."""
        cursor = b"null" if following is None else b'"%b"' % str(replace(self._newest, seq=following)).encode()
        return self.json(b'{"items":[' + b",".join(items) + b'],"next":' + cursor + b"}")

    def list(self, items: Iterable[object]) -> Response:
        """Return a whole list."""
        return self.json(b'{"items":[' + b",".join(encoded(item) for item in items) + b"]}")

    def json(self, content: bytes) -> Response:
        """Return encoded JSON."""
        return self.text(content, JSON)

    def text(self, content: bytes, media_type: str, **headers: str) -> Response:
        """Return encoded content of another type."""
        if self.unchanged:
            return self.unchanged
        return Response(content, headers={**self._headers, **headers}, media_type=media_type)

    @property
    def _headers(self) -> dict[str, str]:
        return {"ETag": self._etag, "Cache-Control": "no-cache"}


async def answer_page(
    request: Request,
    cursor: str | None,
    read: Callable[[int | None], Awaitable[Page[Item]]],
    encode: Callable[[Item], bytes],
) -> Response:
    """Return the page of a list that begins at a cursor; it is not read if the client has it already.

    `read` takes the ordinal below which the page begins.

    Raises:
        Problem: the cursor is not one, or is from before the read model was rebuilt.
    """
    newest = await gateway_of(request).read_model.newest()
    before = seq_before(cursor, newest)
    answer = Answer(request, newest)
    if answer.unchanged:
        return answer.unchanged
    page = await read(before)
    return answer.page([encode(item) for item in page.items], page.next)


def encoded(item: object) -> bytes:
    """Return an item as JSON; bytes are JSON already. Decimals become strings."""
    return item if isinstance(item, bytes) else encode(item)


def found(item: Any, what: str) -> Any:
    """Return the item.

    Raises:
        Problem: it is None, so there is nothing at the address.
    """
    if item is None:
        raise Problem(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND, f"there is no {what[:200]}")
    return item
