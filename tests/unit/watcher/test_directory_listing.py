"""The files that the directory source reads, skips or reports."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.runtime.data_directory import FILE_NAME
from services.watcher import directory_source as source_module
from services.watcher.directory import read_whole
from tests.unit.watcher.directory_harness import (
    Log,
    drive,
    new_source,
    ownership_xml,
    run_once,
    touch,
)


async def test_insidertapes_own_data_in_a_source_is_not_published(tmp_path: Path) -> None:
    """Its files, under any name and anywhere, change with every filing that is published."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    data = tmp_path / "somewhere"
    (data / "deep").mkdir(parents=True)
    for name in (FILE_NAME, f"{FILE_NAME}-wal", "deep/note.txt"):
        (data / name).write_text("no filing")
    assert (await run_once(tmp_path)).noted() == ["a.xml"]


async def test_hidden_files_and_ignored_directories_are_left_out(tmp_path: Path) -> None:
    """Editors and the embedded engine keep their own files next to filings."""
    for name in (".hidden.xml", ".git/a.xml", ".a.xml.swp", "data/b.xml", "seen/data/c.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ownership_xml(remarks=name))
    log = await run_once(tmp_path, ignored=[tmp_path / "data"])
    assert log.contents() == [ownership_xml(remarks="seen/data/c.xml")]


async def test_links_to_files_are_followed_and_broken_ones_are_skipped(tmp_path: Path) -> None:
    """Links to directories are not followed, because they may be circular."""
    elsewhere, watched = tmp_path / "elsewhere", tmp_path / "watched"
    elsewhere.mkdir()
    watched.mkdir()
    (elsewhere / "a.xml").write_text(ownership_xml())
    (watched / "link.xml").symlink_to(elsewhere / "a.xml")
    (watched / "broken.xml").symlink_to(elsewhere / "gone.xml")
    (watched / "circle").symlink_to(watched)
    assert (await run_once(watched)).noted() == ["link.xml"]


async def test_a_pipe_is_skipped(tmp_path: Path) -> None:
    """Opening a pipe would block without end."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.xml").write_text(ownership_xml())
    assert (await run_once(tmp_path)).noted() == ["a.xml"]


async def test_an_unreadable_file_is_logged_once_per_change_and_published_when_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other files are published meanwhile."""
    locked, neighbour = tmp_path / "locked.xml", tmp_path / "neighbour.xml"
    locked.write_text(ownership_xml(remarks="locked"))
    neighbour.write_text(ownership_xml(remarks="neighbour"))
    source, log = new_source(tmp_path), Log()
    with monkeypatch.context() as patched, capture_logs() as lines:
        whole = read_whole

        def refuse(path: Path, *args: object, **kwargs: object) -> bytes | None:
            if path == locked:
                raise PermissionError(13, "Permission denied", str(path))
            return whole(path, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

        patched.setattr(source_module, "read_whole", refuse)
        log.outputs += (await drive(source)).outputs
        source._list_new()  # a further pass
        assert await source.next_batch() is None
        unreadable = [line for line in lines if line["event"] == "file_unreadable"]
        assert [line["uri"] for line in unreadable] == [locked.as_uri()]
        assert "Permission denied" in unreadable[0]["error"]
        touch(locked)
        source._list_new()
        assert await source.next_batch() is None
        assert sum(line["event"] == "file_unreadable" for line in lines) == 2
    assert log.contents() == [ownership_xml(remarks="neighbour")]
    source._list_new()
    assert (await drive(source)).contents() == [ownership_xml(remarks="locked")]


async def test_a_link_to_itself_is_logged_as_unreadable(tmp_path: Path) -> None:
    """It must neither stop the pass nor be skipped silently."""
    loop = tmp_path / "loop.xml"
    loop.symlink_to(loop)
    (tmp_path / "a.xml").write_text(ownership_xml())
    with capture_logs() as lines:
        log = await run_once(tmp_path)
    assert log.noted() == ["a.xml"]
    assert [line["uri"] for line in lines if line["event"] == "file_unreadable"] == [loop.as_uri()]


async def test_a_file_still_being_written_is_left_for_the_next_pass(tmp_path: Path) -> None:
    """A file that grew between listing and reading is incomplete."""
    path = tmp_path / "a.xml"
    text = ownership_xml()
    path.write_text(text[:100])
    source = new_source(tmp_path)
    source._list_new()
    path.write_text(text)
    source._scanned = True
    with capture_logs() as lines:
        assert await source.next_batch() is None
    assert [line["event"] for line in lines] == ["file_still_written"]
    source._list_new()
    assert (await drive(source)).contents() == [text]


async def test_a_file_that_vanishes_before_it_is_read_does_not_stop_the_pass(tmp_path: Path) -> None:
    """It is logged, and the other files are published."""
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    source = new_source(tmp_path)
    source._list_new()
    source._scanned = True
    (tmp_path / "a.xml").unlink()
    assert (await drive(source)).noted() == ["b.xml"]


async def test_a_file_name_that_is_not_text_is_published(tmp_path: Path) -> None:
    """POSIX file names are bytes; the URI is plain ASCII."""
    path = tmp_path / os.fsdecode(b"caf\xe9.xml")
    path.write_text(ownership_xml())
    assert (await run_once(tmp_path)).noted() == ["caf%E9.xml"]
