"""The directory feed that follows: what comes or changes later is published as the file system tells of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
import watchfiles.main
from structlog.testing import capture_logs
from watchfiles._rust_notify import RustNotify

from services.watcher import directory_source as feed_module
from services.watcher.directory import is_truncated, read_whole
from services.watcher.directory_source import DirectorySource
from tests.unit.watcher.directory_harness import Log, new_feed, ownership_xml, run_once, submission

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
async def waiting(feed: DirectorySource) -> AsyncIterator["asyncio.Task[Log]"]:
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


async def test_a_file_that_comes_before_the_watch_is_in_place_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file system tells of nothing from before: the feed looks once more when it listens."""

    def late(*args: object) -> RustNotify:
        (tmp_path / "a.xml").write_text(ownership_xml())
        return RustNotify(*args)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(watchfiles.main, "RustNotify", late)
    async with waiting(new_feed(tmp_path, follow=True, poll_interval=NEVER_SECONDS)) as batch:
        assert (await batch).noted() == ["a.xml"]


@pytest.mark.parametrize("error", [OSError("OS file watch limit reached"), RuntimeError("an error in the watcher")])
async def test_a_feed_goes_on_by_polling_where_the_file_system_has_no_watches_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """It says so once, and asks for no more of them."""
    asked = []

    def refuse(*_: object) -> RustNotify:
        asked.append(error)
        raise error

    monkeypatch.setattr(watchfiles.main, "RustNotify", refuse)
    feed = new_feed(tmp_path, follow=True)
    with capture_logs() as lines:
        for name in ("a.xml", "b.xml"):
            async with waiting(feed) as batch:
                (tmp_path / name).write_text(ownership_xml(remarks=name))
                assert (await batch).noted() == [name]
    (told,) = [line for line in lines if line["log_level"] == "warning"]
    assert (told["event"], told["error"]) == ("directories_polled", str(error))
    assert len(asked) == 1


async def test_a_feed_that_is_to_poll_asks_the_file_system_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For network drives that tell only of this machine's changes."""

    def forbidden(*_: object) -> RustNotify:
        raise AssertionError("asked to tell")

    monkeypatch.setattr(watchfiles.main, "RustNotify", forbidden)
    async with waiting(new_feed(tmp_path, follow=True, force_polling=True)) as batch:
        (tmp_path / "a.xml").write_text(ownership_xml())
        assert (await batch).noted() == ["a.xml"]


async def test_a_file_that_breaks_off_waits_for_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that has come to a halt is no filing yet: half of one would be taken for the whole."""
    path = tmp_path / "a.txt"
    whole = submission("0001127602-24-000001") + "</SEC-DOCUMENT>\n"
    path.write_text(whole[:300])
    looks = []

    def counted(content: bytes) -> bool:
        looks.append(content)
        if len(looks) == 3:
            path.write_text(whole)
        return is_truncated(content)

    monkeypatch.setattr(feed_module, "is_truncated", counted)
    async with waiting(new_feed(tmp_path, follow=True)) as batch:
        assert (await batch).contents() == [whole]
    assert len(looks) >= 4


async def test_a_file_that_breaks_off_for_good_is_published_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it is the parser's to judge; a single pass does not wait for what nobody will look at again."""
    path = tmp_path / "a.txt"
    path.write_text(submission("0001127602-24-000001")[:300])
    monkeypatch.setattr(feed_module, "_TRUNCATED_SECONDS", 0.1)
    async with waiting(new_feed(tmp_path, follow=True)) as batch:
        assert (await batch).noted() == ["a.txt"]
    monkeypatch.setattr(feed_module, "_TRUNCATED_SECONDS", NEVER_SECONDS)
    assert (await run_once(tmp_path)).noted() == ["a.txt"]


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
