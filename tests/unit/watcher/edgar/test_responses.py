"""What an answer means: throttling told from files that are not there, and bodies that break off from whole ones."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import OversizedRecord
from services.watcher.edgar.responses import EdgarUnavailable, NotThere, decompressed, refusal
from tests.edgar import pages

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)


async def pieces(content: bytes, size: int = 10) -> AsyncIterator[bytes]:
    """The content as it comes over a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("status", [403, 429])
def test_a_page_that_refuses_is_throttling(status: int) -> None:
    """EDGAR says so with 403 and a page as well as with 429; the words of the page are told."""
    refused = refusal(status, pages.THROTTLED, None, now=NOON)
    assert isinstance(refused, EdgarUnavailable)
    assert refused.throttled
    assert refused.message == f"HTTP {status}: SEC.gov | Request Rate Threshold Exceeded"


def test_what_the_archive_denies_is_not_there() -> None:
    """The archive answers 403 for an index that is not written yet: to take that for throttling would stop all."""
    assert isinstance(refusal(403, pages.ACCESS_DENIED, None, now=NOON), NotThere)
    assert isinstance(refusal(404, pages.NOT_FOUND, None, now=NOON), NotThere)


def test_a_server_error_is_neither() -> None:
    """It is tried again, by the one who asked alone."""
    refused = refusal(503, b"", "7", now=NOON)
    assert isinstance(refused, EdgarUnavailable)
    assert not refused.throttled
    assert refused.retry_after == timedelta(seconds=7)


async def test_a_packed_answer_is_decompressed_whole() -> None:
    """As one that is not packed is given as it is."""
    content = bytes(range(256)) * 400
    assert await decompressed(pieces(gzip.compress(content)), "gzip", most=len(content)) == content
    assert await decompressed(pieces(content, 1_000), "", most=len(content)) == content


async def test_a_packed_answer_that_breaks_off_is_no_answer() -> None:
    """Wherever it does: its beginning must not be taken for the whole."""
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
async def test_an_answer_packed_in_no_known_way_is_no_answer(content: bytes, encoding: str, why: str) -> None:
    """It is asked for again, and the log says why."""
    with pytest.raises(EdgarUnavailable, match=why):
        await decompressed(pieces(content), encoding, most=10_000)


async def test_no_more_is_decompressed_than_was_asked_for() -> None:
    """A small answer that unpacks to a gigabyte is refused when it exceeds the bound."""
    bomb = gzip.compress(bytes(10_000_000))
    with pytest.raises(OversizedRecord):
        await decompressed(pieces(bomb, 1_000), "gzip", most=1_000)
    with pytest.raises(OversizedRecord):
        await decompressed(pieces(bytes(1_001)), "", most=1_000)
    assert len(await decompressed(pieces(gzip.compress(bytes(1_000))), "gzip", most=1_000)) == 1_000
