"""The meaning of responses: throttling or a missing file, and a complete or a truncated body."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import OversizedRecord
from services.watcher.edgar.responses import EdgarUnavailable, NotThere, decompressed, refusal
from tests.edgar import pages

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)


async def pieces(content: bytes, size: int = 10) -> AsyncIterator[bytes]:
    """Yield the content in chunks, as from a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_with_a_page_is_throttling(status: int) -> None:
    """EDGAR throttles with 403 and a page as well as with 429; the error quotes the page's title."""
    refused = refusal(status, pages.THROTTLED, None, now=NOON)
    assert isinstance(refused, EdgarUnavailable)
    assert refused.throttled
    assert refused.message == f"HTTP {status}: SEC.gov | Request Rate Threshold Exceeded"


def test_a_refusal_of_the_archive_means_a_missing_file() -> None:
    """The archive responds 403 for an index that is not written yet.

    Mistaking that for throttling would stop everything.
    """
    assert isinstance(refusal(403, pages.ACCESS_DENIED, None, now=NOON), NotThere)
    assert isinstance(refusal(404, pages.NOT_FOUND, None, now=NOON), NotThere)


def test_a_server_error_is_neither_throttling_nor_a_missing_file() -> None:
    """Only this request is repeated."""
    refused = refusal(503, b"", "7", now=NOON)
    assert isinstance(refused, EdgarUnavailable)
    assert not refused.throttled
    assert refused.retry_after == timedelta(seconds=7)


async def test_a_compressed_body_is_decompressed_completely() -> None:
    """An uncompressed body is returned unchanged."""
    content = bytes(range(256)) * 400
    assert await decompressed(pieces(gzip.compress(content)), "gzip", most=len(content)) == content
    assert await decompressed(pieces(content, 1_000), "", most=len(content)) == content


async def test_a_truncated_compressed_body_is_an_error() -> None:
    """Wherever it ends, its beginning must not pass for the whole."""
    packed = gzip.compress(b"a filing\n" * 50)
    for end in range(len(packed)):
        with pytest.raises(EdgarUnavailable, match="is truncated"):
            await decompressed(pieces(packed[:end]), "gzip", most=10_000)


@pytest.mark.parametrize(
    ("content", "encoding", "why"),
    [
        (b"<html>no gzip</html>", "gzip", "not gzip"),
        (b"anything", "br", "encoding 'br'"),
        (gzip.compress(b"one", mtime=0) + b"more", "gzip", "bytes after its end"),
    ],
)
async def test_a_body_with_an_unknown_compression_is_an_error(content: bytes, encoding: str, why: str) -> None:
    """The request is repeated, and the log has the reason."""
    with pytest.raises(EdgarUnavailable, match=why):
        await decompressed(pieces(content), encoding, most=10_000)


async def test_decompression_stops_at_the_limit() -> None:
    """A small response that decompresses to a gigabyte is refused as soon as it exceeds the limit."""
    bomb = gzip.compress(bytes(10_000_000))
    with pytest.raises(OversizedRecord):
        await decompressed(pieces(bomb, 1_000), "gzip", most=1_000)
    with pytest.raises(OversizedRecord):
        await decompressed(pieces(bytes(1_001)), "", most=1_000)
    assert len(await decompressed(pieces(gzip.compress(bytes(1_000))), "gzip", most=1_000)) == 1_000
