"""The directory source across passes and restarts: each filing once, whatever happens to its file."""

from pathlib import Path

from contracts.topics import WATCHER_CURSOR
from tests.unit.watcher.directory_harness import (
    Log,
    drive,
    new_source,
    ownership_xml,
    restored,
    run_once,
    touch,
)


async def test_a_source_with_a_restored_cursor_publishes_nothing_again(tmp_path: Path) -> None:
    """A restart over the same files must write nothing."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    (tmp_path / "bad").write_bytes(b"\x81")
    first = await run_once(tmp_path)
    assert len(first.filings()) == len(first.dead_letters()) == 1
    assert (await run_once(tmp_path, log=first)).outputs == []


async def test_a_tombstone_in_the_cursor_is_ignored(tmp_path: Path) -> None:
    """A compacted topic may contain a key without a value."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    first = await run_once(tmp_path)
    (entry,) = first.of(WATCHER_CURSOR)
    tombstone = Log([entry, type(entry)(WATCHER_CURSOR, b"directory|file:///gone", None)])
    assert (await drive(restored(new_source(tmp_path), tombstone))).outputs == []


async def test_new_and_changed_files_are_published_and_the_others_are_not(tmp_path: Path) -> None:
    """The second pass publishes only new and changed files."""
    for name in ("same.xml", "changed.xml"):
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    first = await run_once(tmp_path)
    (tmp_path / "changed.xml").write_text(ownership_xml(remarks="corrected"))
    (tmp_path / "new.xml").write_text(ownership_xml(remarks="new"))
    second = await run_once(tmp_path, log=first)
    assert sorted(second.contents()) == sorted(ownership_xml(remarks=name) for name in ("corrected", "new"))


async def test_a_copy_is_recorded_and_not_published_again(tmp_path: Path) -> None:
    """The same filing under two names is one filing; the cursor contains both files."""
    for name in ("a.xml", "copy of a.xml"):
        (tmp_path / name).write_text(ownership_xml())
    log = await run_once(tmp_path)
    assert len(log.filings()) == 1
    assert log.noted() == ["a.xml", "copy%20of%20a.xml"]


async def test_a_copy_made_after_a_restart_is_not_published(tmp_path: Path) -> None:
    """The cursor restores the published filings, not only the files."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    first = await run_once(tmp_path)
    (tmp_path / "b.xml").write_text(ownership_xml())
    second = await run_once(tmp_path, log=first)
    assert (second.filings(), second.noted()) == ([], ["b.xml"])


async def test_a_touched_file_is_recorded_and_not_published_again(tmp_path: Path) -> None:
    """The cursor stores the new modification time, so that the file is not read again at every start."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml())
    first = await run_once(tmp_path)
    touch(path)
    second = await run_once(tmp_path, log=first)
    assert (second.filings(), second.noted()) == ([], ["a.xml"])
    assert (await run_once(tmp_path, log=second)).outputs == []


async def test_a_file_with_its_earlier_content_restored_is_not_published_again(tmp_path: Path) -> None:
    """This holds within a run, after a restart, and if the file was not text in between."""
    path = tmp_path / "a.xml"
    log = Log()
    for content in (b"<a/>", b"<b/>", b"<a/>", b"\x81", b"<b/>"):
        path.write_bytes(content)
        touch(path)
        log.outputs += (await run_once(tmp_path, log=log)).outputs
    assert log.contents() == ["<a/>", "<b/>"]
    assert len(log.dead_letters()) == 1


async def test_only_the_latest_contents_of_a_file_are_remembered(tmp_path: Path) -> None:
    """The cursor entry of a file must not grow without end: very old content counts as new again."""
    path, log = tmp_path / "a.xml", Log()
    for number in [*range(40), 39 - 16, 0]:
        path.write_text(f"<a>{number}</a>")
        touch(path)
        log.outputs += (await run_once(tmp_path, log=Log(log.outputs[-1:]))).outputs
    assert log.contents() == [f"<a>{number}</a>" for number in [*range(40), 0]]
    assert max(len(output.value or b"") for output in log.of(WATCHER_CURSOR)) < 4_000


async def test_a_cursor_entry_without_earlier_filings_is_read(tmp_path: Path) -> None:
    """Older versions wrote such entries."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml())
    log = await run_once(tmp_path)
    (entry,) = log.of(WATCHER_CURSOR)
    assert b"earlier" not in (entry.value or b"")
    assert (await run_once(tmp_path, log=log)).outputs == []


async def test_a_file_that_was_moved_or_is_in_a_moved_folder_is_not_published_again(tmp_path: Path) -> None:
    """The path of a filing is not its identity, neither in one run nor after a restart."""
    (tmp_path / "new").mkdir()
    for name in ("a.xml", "new/b.xml"):
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    log = await run_once(tmp_path)
    (tmp_path / "a.xml").rename(tmp_path / "renamed.xml")
    (tmp_path / "new").rename(tmp_path / "done")
    log.outputs += (await run_once(tmp_path, log=log)).outputs
    assert len(log.filings()) == 2
    assert sorted(log.noted()) == ["a.xml", "b.xml", "b.xml", "renamed.xml"]
    assert (await run_once(tmp_path, log=log)).outputs == []
