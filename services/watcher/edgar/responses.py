"""What EDGAR's answers mean before anyone reads their content: refusals, versions, things that are not there, gzip."""

import re
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import OversizedRecord, TransientError

LONGEST_RETRY_AFTER: Final = timedelta(hours=1)
"""No answer makes the watcher wait longer."""
_TITLE: Final = re.compile(rb"<title>\s*([^<]{1,120}?)\s*</title>", re.IGNORECASE)
_NO_SUCH_KEY: Final = re.compile(rb"<Code>\s*(?:AccessDenied|NoSuchKey)\s*</Code>")
_REFUSAL_BYTES: Final = 256 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


class EdgarUnavailable(TransientError):
    """EDGAR did not give what was asked for, and may the next time; `retry_after` is how long it asks to wait."""

    def __init__(
        self, code: str, message: str, *, throttled: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(code, message)
        self.throttled = throttled
        self.retry_after = retry_after


class NotThere(TransientError):
    """What was asked for is not there, or not yet."""


class Versions:
    """Which versions of what paths were read, as far as EDGAR told: at most so many paths, the last used.

    It belongs to who remembers what was read: one that forgets must also forget that there is nothing new.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._conditions: OrderedDict[str, dict[str, str]] = OrderedDict()

    def conditions(self, path: str) -> dict[str, str]:
        """The headers that ask for a path only if it is another version."""
        return self._conditions.get(path, {})

    def note(self, path: str, headers: Mapping[str, str]) -> None:
        """A version with such headers has been read."""
        pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        self._conditions[path] = {ours: headers[its] for ours, its in pairs if its in headers}
        self._conditions.move_to_end(path)
        while len(self._conditions) > self._most:
            self._conditions.popitem(last=False)

    def forget(self, path: str) -> None:
        """Ask for the path again, whatever its version."""
        self._conditions.pop(path, None)


def refusal(status: int, body: bytes, retry_after: str | None, *, now: datetime) -> TransientError:
    """What an answer other than 200 and 304 means.

    A 403 is the archive's word for a file that is not there, where it is an S3 error; else it is throttling.
    """
    titled = _TITLE.search(body)
    said = f"HTTP {status}" + (f": {titled[1].decode('utf-8', 'replace')}" if titled else "")
    if status in {404, 410} or (status == 403 and _NO_SUCH_KEY.search(body)):  # noqa: PLR2004 - HTTP's own numbers
        return NotThere(ErrorCode.NOT_THERE, said)
    throttled = status in {403, 429}
    return EdgarUnavailable(
        ErrorCode.EDGAR_THROTTLES if throttled else ErrorCode.EDGAR_FAILS,
        said,
        throttled=throttled,
        retry_after=retry_after_of(retry_after, now=now),
    )


async def refusal_body(chunks: AsyncIterator[bytes], encoding: str) -> bytes:
    """The page that comes with a refusal, unpacked; nothing where it cannot be read, for the status says enough."""
    try:
        return await unpacked(chunks, encoding, most=_REFUSAL_BYTES)
    except (EdgarUnavailable, OversizedRecord):
        return b""


def retry_after_of(value: str | None, *, now: datetime) -> timedelta | None:
    """A `Retry-After`, seconds or a date, as a time to wait: an hour at most. None where there is none that is one."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return min(timedelta(seconds=min(int(value[:9]), 1_000_000)), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(moment - now, timedelta()), LONGEST_RETRY_AFTER)
    except (ValueError, OverflowError):
        return None


async def unpacked(chunks: AsyncIterator[bytes], encoding: str, *, most: int) -> bytes:
    """The whole of a body, unpacked.

    Raises:
        OversizedRecord: it has more than `most` bytes; no more are ever in memory.
        EdgarUnavailable: it breaks off, or is packed in another way than it was asked for.
    """
    if encoding not in {"", "identity", "gzip"}:
        raise EdgarUnavailable(ErrorCode.UNREADABLE_ANSWER, f"the answer is packed as {encoding[:40]!r}")
    whole = bytearray()
    unpacker = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    async for chunk in chunks:
        try:
            whole += unpacker.decompress(chunk, most + 1 - len(whole)) if unpacker else chunk
        except zlib.error as error:
            raise EdgarUnavailable(ErrorCode.UNREADABLE_ANSWER, f"the answer is no gzip: {error}") from None
        if len(whole) > most or (unpacker and unpacker.unconsumed_tail):
            raise OversizedRecord(ErrorCode.OVERSIZED_ANSWER, f"the answer has more than {most} bytes")
    if unpacker and (not unpacker.eof or unpacker.unused_data):
        raise EdgarUnavailable(ErrorCode.UNREADABLE_ANSWER, "the packed answer breaks off, or goes on behind its end")
    return bytes(whole)
