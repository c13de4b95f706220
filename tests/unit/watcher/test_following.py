"""The directory feed that follows: what comes or changes later is published as the file system tells of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
import watchfiles.main
from watchfiles._rust_notify import RustNotify

from services.watcher import feed as feed_module
from services.watcher.directory import read_whole
from services.watcher.feed import DirectoryFeed
from tests.unit.watcher.filings import Log, new_feed, ownership_xml

PATIENCE_SECONDS = 30
NEVER_SECONDS = 3_600.0


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set as soon as the real watcher of the file system is in place."""
    in_place = asyncio.Event()

    def notify(*args: object) -> RustNotify:
        real = RustNotify(*args)  # type: ignore[arg-type]  # passed on as they came
        in_place.set()
        return real

    monkeypatch.setattr(watchfiles.main, "RustNotify", notify)
    return in_place


@asynccontextmanager
async def waiting(feed: DirectoryFeed) -> AsyncIterator["asyncio.Task[Log]"]:
    """The feed's next batch, under way; cancelled at the end, as an engine does that stops."""

    async def batch() -> Log:
        outputs = await feed.next_batch()
        assert outputs is not None, "a feed that follows has no end"
        return Log(list(outputs))

    task = asyncio.create_task(batch())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_file_that_appears_after_the_first_pass_is_published(tmp_path: Path, watching: asyncio.Event) -> None:
    """The file system wakes the feed: it would not look again by itself for an hour."""
    (tmp_path / "a.xml").write_text(ownership_xml(remarks="first"))
    feed = new_feed(tmp_path, follow=True, poll_interval=NEVER_SECONDS)
    async with waiting(feed) as first:
        assert (await first).contents() == [ownership_xml(remarks="first")]
    async with waiting(feed) as second:
        await watching.wait()
        (tmp_path / "b.xml").write_text(ownership_xml(remarks="second"))
        assert (await second).contents() == [ownership_xml(remarks="second")]


async def test_a_modified_file_is_published_again(tmp_path: Path, watching: asyncio.Event) -> None:
    """It is another filing, or the same corrected: its text is not the one that was published."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml(remarks="first"))
    feed = new_feed(tmp_path, follow=True, poll_interval=NEVER_SECONDS)
    async with waiting(feed) as first:
        await first
    async with waiting(feed) as second:
        await watching.wait()
        path.write_text(ownership_xml(remarks="corrected"))
        assert (await second).contents() == [ownership_xml(remarks="corrected")]


async def test_a_file_moved_into_a_new_folder_is_published(tmp_path: Path, watching: asyncio.Event) -> None:
    """Folders that come later are watched too."""
    watched, elsewhere = tmp_path / "watched", tmp_path / "elsewhere"
    watched.mkdir()
    elsewhere.mkdir()
    (elsewhere / "a.xml").write_text(ownership_xml())
    async with waiting(new_feed(watched, follow=True, poll_interval=NEVER_SECONDS)) as batch:
        await watching.wait()
        elsewhere.rename(watched / "new")
        assert (await batch).noted() == ["a.xml"]


async def test_a_file_of_which_nothing_is_told_is_found_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watching: asyncio.Event
) -> None:
    """A network's file system may tell of nothing: the feed looks by itself every `poll_interval`."""

    class Silent:
        def __init__(self, *_: object) -> None:
            watching.set()

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def watch(self, *_: object) -> str:
            return "timeout"

    monkeypatch.setattr(watchfiles.main, "RustNotify", Silent)
    async with waiting(new_feed(tmp_path, follow=True)) as batch:
        await watching.wait()
        (tmp_path / "a.xml").write_text(ownership_xml())
        assert (await batch).noted() == ["a.xml"]


async def test_a_file_found_half_written_is_published_once_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed comes back to it by itself."""
    path = tmp_path / "a.xml"
    path.write_text("<half")
    whole = read_whole

    def read_while_written(*args: object, **kwargs: object) -> bytes | None:
        if path.read_text() == "<half":
            path.write_text(ownership_xml())
        return whole(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(feed_module, "read_whole", read_while_written)
    async with waiting(new_feed(tmp_path, follow=True)) as batch:
        assert (await batch).contents() == [ownership_xml()]


async def test_a_feed_that_waits_can_be_cancelled(tmp_path: Path, watching: asyncio.Event) -> None:
    """An engine that stops does not wait for the file system."""
    async with waiting(new_feed(tmp_path, follow=True, poll_interval=NEVER_SECONDS)) as batch:
        await watching.wait()
        batch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch
