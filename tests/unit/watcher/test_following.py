"""A directory source that follows: new and changed files are published when the file system reports them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
import watchfiles.main
from structlog.testing import capture_logs
from watchfiles._rust_notify import RustNotify

from services.watcher import directory_source as source_module
from services.watcher.directory import is_truncated, read_whole
from services.watcher.directory_source import DirectorySource
from tests.unit.watcher.directory_harness import Log, new_source, ownership_xml, run_once, submission

PATIENCE_SECONDS = 30
NEVER_SECONDS = 3_600.0


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return an event that is set once the real file system watcher is in place."""
    in_place = asyncio.Event()

    def notify(*args: object) -> RustNotify:
        real = RustNotify(*args)  # type: ignore[arg-type]  # passed on as they came
        in_place.set()
        return real

    monkeypatch.setattr(watchfiles.main, "RustNotify", notify)
    return in_place


@asynccontextmanager
async def waiting(source: DirectorySource) -> AsyncIterator["asyncio.Task[Log]"]:
    """Yield the next batch as a running task, and cancel it at the end, as an engine that stops does."""

    async def batch() -> Log:
        outputs = await source.next_batch()
        assert outputs is not None, "a source that follows has no end"
        return Log(list(outputs))

    task = asyncio.create_task(batch())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_file_that_appears_after_the_first_pass_is_published(tmp_path: Path, watching: asyncio.Event) -> None:
    """The file system must wake the source: it would not look again by itself for an hour."""
    (tmp_path / "a.xml").write_text(ownership_xml(remarks="first"))
    source = new_source(tmp_path, follow=True, poll_interval=NEVER_SECONDS)
    async with waiting(source) as first:
        assert (await first).contents() == [ownership_xml(remarks="first")]
    async with waiting(source) as second:
        await watching.wait()
        (tmp_path / "b.xml").write_text(ownership_xml(remarks="second"))
        assert (await second).contents() == [ownership_xml(remarks="second")]


async def test_a_modified_file_is_published_again(tmp_path: Path, watching: asyncio.Event) -> None:
    """It is another filing or a correction: its text differs from the published one."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml(remarks="first"))
    source = new_source(tmp_path, follow=True, poll_interval=NEVER_SECONDS)
    async with waiting(source) as first:
        await first
    async with waiting(source) as second:
        await watching.wait()
        path.write_text(ownership_xml(remarks="corrected"))
        assert (await second).contents() == [ownership_xml(remarks="corrected")]


async def test_a_file_moved_into_a_new_folder_is_published(tmp_path: Path, watching: asyncio.Event) -> None:
    """New folders are watched too."""
    watched, elsewhere = tmp_path / "watched", tmp_path / "elsewhere"
    watched.mkdir()
    elsewhere.mkdir()
    (elsewhere / "a.xml").write_text(ownership_xml())
    async with waiting(new_source(watched, follow=True, poll_interval=NEVER_SECONDS)) as batch:
        await watching.wait()
        elsewhere.rename(watched / "new")
        assert (await batch).noted() == ["a.xml"]


async def test_a_file_created_before_the_watch_is_in_place_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file system reports only later changes, so the source scans once more after the watch has started."""

    def late(*args: object) -> RustNotify:
        (tmp_path / "a.xml").write_text(ownership_xml())
        return RustNotify(*args)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(watchfiles.main, "RustNotify", late)
    async with waiting(new_source(tmp_path, follow=True, poll_interval=NEVER_SECONDS)) as batch:
        assert (await batch).noted() == ["a.xml"]


@pytest.mark.parametrize("error", [OSError("OS file watch limit reached"), RuntimeError("an error in the watcher")])
async def test_a_source_polls_if_the_file_system_has_no_watches_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The change to polling is logged once, and no further watch is requested."""
    requested = []

    def refuse(*_: object) -> RustNotify:
        requested.append(error)
        raise error

    monkeypatch.setattr(watchfiles.main, "RustNotify", refuse)
    source = new_source(tmp_path, follow=True)
    with capture_logs() as lines:
        for name in ("a.xml", "b.xml"):
            async with waiting(source) as batch:
                (tmp_path / name).write_text(ownership_xml(remarks=name))
                assert (await batch).noted() == [name]
    (logged,) = [line for line in lines if line["log_level"] == "warning"]
    assert (logged["event"], logged["error"]) == ("directories_polled", str(error))
    assert len(requested) == 1


async def test_a_polling_source_requests_no_file_system_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network drives report only changes made on this machine."""

    def forbidden(*_: object) -> RustNotify:
        raise AssertionError("asked to tell")

    monkeypatch.setattr(watchfiles.main, "RustNotify", forbidden)
    async with waiting(new_source(tmp_path, follow=True, force_polling=True)) as batch:
        (tmp_path / "a.xml").write_text(ownership_xml())
        assert (await batch).noted() == ["a.xml"]


async def test_a_truncated_file_is_published_once_it_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted download is not a filing yet: half of it would pass for the whole."""
    path = tmp_path / "a.txt"
    whole = submission("0001127602-24-000001") + "</SEC-DOCUMENT>\n"
    path.write_text(whole[:300])
    checks = []

    def counted(content: bytes) -> bool:
        checks.append(content)
        if len(checks) == 3:
            path.write_text(whole)
        return is_truncated(content)

    monkeypatch.setattr(source_module, "is_truncated", counted)
    async with waiting(new_source(tmp_path, follow=True)) as batch:
        assert (await batch).contents() == [whole]
    assert len(checks) >= 4


async def test_a_new_complete_file_is_published_at_once(tmp_path: Path, watching: asyncio.Event) -> None:
    """A filing that ends with its end tag need not settle: it reaches subscribers within a second."""
    source = new_source(tmp_path, follow=True, poll_interval=2 * NEVER_SECONDS, settle=NEVER_SECONDS)
    async with waiting(source) as batch:
        await watching.wait()
        (tmp_path / "a.xml").write_text(ownership_xml())
        assert (await batch).contents() == [ownership_xml()]


async def test_a_replaced_file_settles_even_if_it_looks_complete(tmp_path: Path) -> None:
    """A copy that writes over an older filing ends as the older one did until it is done."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml(remarks="first"))
    ready: list[int] = []
    scanned = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    def found(files: int) -> None:
        ready.append(files)
        loop.call_soon_threadsafe(scanned.release)

    source = new_source(tmp_path, follow=True, settle=NEVER_SECONDS, force_polling=True, on_found=found)
    async with waiting(source) as first:
        await first
    ready.clear()
    path.write_text(ownership_xml(remarks="second"))
    async with waiting(source) as second:
        for _ in range(3):
            await scanned.acquire()
        assert not any(ready)
        assert not second.done()


async def test_a_file_that_stays_truncated_is_published_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some time the parser has to decide; a single pass does not wait, because nothing would look again."""
    path = tmp_path / "a.txt"
    path.write_text(submission("0001127602-24-000001")[:300])
    monkeypatch.setattr(source_module, "_TRUNCATED_SECONDS", 0.1)
    async with waiting(new_source(tmp_path, follow=True)) as batch:
        assert (await batch).noted() == ["a.txt"]
    monkeypatch.setattr(source_module, "_TRUNCATED_SECONDS", NEVER_SECONDS)
    assert (await run_once(tmp_path)).noted() == ["a.txt"]


async def test_a_file_that_the_file_system_does_not_report_is_found_by_polling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watching: asyncio.Event
) -> None:
    """A network file system may report nothing, so the source scans every `poll_interval`."""

    class Silent:
        def __init__(self, *_: object) -> None:
            watching.set()

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def watch(self, *_: object) -> str:
            return "timeout"

    monkeypatch.setattr(watchfiles.main, "RustNotify", Silent)
    async with waiting(new_source(tmp_path, follow=True)) as batch:
        await watching.wait()
        (tmp_path / "a.xml").write_text(ownership_xml())
        assert (await batch).noted() == ["a.xml"]


async def test_a_file_found_while_it_is_written_is_published_once_it_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source returns to the file by itself."""
    path = tmp_path / "a.xml"
    path.write_text("<half")
    whole = read_whole

    def read_while_written(*args: object, **kwargs: object) -> bytes | None:
        if path.read_text() == "<half":
            path.write_text(ownership_xml())
        return whole(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(source_module, "read_whole", read_while_written)
    async with waiting(new_source(tmp_path, follow=True)) as batch:
        assert (await batch).contents() == [ownership_xml()]


async def test_a_waiting_source_can_be_cancelled(tmp_path: Path, watching: asyncio.Event) -> None:
    """An engine that stops does not wait for the file system."""
    async with waiting(new_source(tmp_path, follow=True, poll_interval=NEVER_SECONDS)) as batch:
        await watching.wait()
        batch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch
