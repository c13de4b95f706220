"""Interpret EDGAR's responses before their content is read: status codes, versions, compression."""

import re
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import OversizedRecord, TransientError
from services.runtime.retry_after import retry_after_of

LONGEST_RETRY_AFTER: Final = timedelta(hours=1)
"""Limit of the delay that a response can request."""
_TITLE: Final = re.compile(rb"<title>\s*([^<]{1,120}?)\s*</title>", re.IGNORECASE)
_NO_SUCH_KEY: Final = re.compile(rb"<Code>\s*(?:AccessDenied|NoSuchKey)\s*</Code>")
_REFUSAL_BYTES: Final = 256 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


class EdgarUnavailable(TransientError):
    """The request failed and may succeed later. `retry_after` is the delay that EDGAR requests."""

    def __init__(
        self, code: str, message: str, *, throttled: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(code, message)
        self.throttled = throttled
        self.retry_after = retry_after


class NotThere(TransientError):
    """EDGAR does not have the requested file, or not yet."""


class Versions:
    """The versions of the paths read last, at most `most` of them, for conditional requests.

    It must live as long as the content read: whoever forgets that content must also forget its version.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._conditions: OrderedDict[str, dict[str, str]] = OrderedDict()

    def conditions(self, path: str) -> dict[str, str]:
        """Return the headers that request a path only if its version has changed."""
        return self._conditions.get(path, {})

    def note(self, path: str, headers: Mapping[str, str]) -> None:
        """Note that the version with these headers has been read."""
        pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        self._conditions[path] = {ours: headers[its] for ours, its in pairs if its in headers}
        self._conditions.move_to_end(path)
        while len(self._conditions) > self._most:
            self._conditions.popitem(last=False)

    def forget(self, path: str) -> None:
        """Request the path unconditionally the next time."""
        self._conditions.pop(path, None)


def refusal(status: int, body: bytes, retry_after: str | None, *, now: datetime) -> TransientError:
    """Return the error for a response other than 200 and 304.

    A 403 with an S3 error means that the file does not exist; any other 403 is throttling.
    """
    titled = _TITLE.search(body)
    message = f"HTTP {status}" + (f": {titled[1].decode('utf-8', 'replace')}" if titled else "")
    if status in {404, 410} or (status == 403 and _NO_SUCH_KEY.search(body)):  # noqa: PLR2004 - HTTP's own numbers
        return NotThere(ErrorCode.NOT_THERE, message)
    throttled = status in {403, 429}
    return EdgarUnavailable(
        ErrorCode.EDGAR_THROTTLES if throttled else ErrorCode.EDGAR_FAILS,
        message,
        throttled=throttled,
        retry_after=retry_after_of(retry_after, now=now, longest=LONGEST_RETRY_AFTER),
    )


async def refusal_body(chunks: AsyncIterator[bytes], encoding: str) -> bytes:
    """Return the decompressed page of a refusal; empty if it cannot be read, since the status is enough."""
    try:
        return await decompressed(chunks, encoding, most=_REFUSAL_BYTES)
    except (EdgarUnavailable, OversizedRecord):
        return b""


async def decompressed(chunks: AsyncIterator[bytes], encoding: str, *, most: int) -> bytes:
    """Return the whole body, decompressed.

    Raises:
        OversizedRecord: it has more than `most` bytes. No more than these are ever in memory.
        EdgarUnavailable: it is truncated, or has an encoding that was not requested.
    """
    if encoding not in {"", "identity", "gzip"}:
        raise EdgarUnavailable(ErrorCode.UNREADABLE_ANSWER, f"the response has the encoding {encoding[:40]!r}")
    whole = bytearray()
    decompressor = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    async for chunk in chunks:
        try:
            whole += decompressor.decompress(chunk, most + 1 - len(whole)) if decompressor else chunk
        except zlib.error as error:
            raise EdgarUnavailable(ErrorCode.UNREADABLE_ANSWER, f"the response is not gzip: {error}") from None
        if len(whole) > most or (decompressor and decompressor.unconsumed_tail):
            raise OversizedRecord(ErrorCode.OVERSIZED_ANSWER, f"the response has more than {most} bytes")
    if decompressor and (not decompressor.eof or decompressor.unused_data):
        raise EdgarUnavailable(ErrorCode.UNREADABLE_ANSWER, "the response is truncated, or has bytes after its end")
    return bytes(whole)
