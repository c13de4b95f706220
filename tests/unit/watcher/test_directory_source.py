"""The directory feed in a single pass: each new filing once, whatever happens to its file."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.envelope import header_texts
from contracts.topics import FILINGS, WATCHER_CURSOR
from services.runtime.data_directory import FILE_NAME
from services.runtime.partitioning import partition_of_output
from services.watcher import directory_source as feed_module
from services.watcher.directory import read_whole
from services.watcher.directory_source import CURSOR_KEY
from tests.unit.watcher.directory_harness import (
    CIK,
    NOW,
    Log,
    drive,
    new_feed,
    ownership_xml,
    restored,
    run_once,
    submission,
)


def touch(path: Path) -> None:
    """Change nothing of a file but its time."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


async def test_every_file_is_published_once(tmp_path: Path) -> None:
    """One record a file, with the cursor entry that accounts for it in the same batch."""
    for name in ("b.xml", "a.xml", "deep/down/c.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ownership_xml(remarks=name))
    log = await run_once(tmp_path)
    assert sorted(log.contents()) == sorted(
        ownership_xml(remarks=name) for name in ("a.xml", "b.xml", "deep/down/c.xml")
    )
    assert sorted(log.noted()) == ["a.xml", "b.xml", "c.xml"]


async def test_a_filing_says_what_is_known_of_it(tmp_path: Path) -> None:
    """Where it was seen, when, and the hash of its text; the envelope's subject is the filing."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml())
    log = await run_once(tmp_path)
    (filing,), (output,) = log.filings(), log.of(FILINGS)
    assert filing.source == "directory"
    assert filing.source_url == path.as_uri()
    assert filing.observed_at == NOW
    assert filing.content_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    headers = header_texts(output.headers)
    assert headers["ce_subject"] == filing.filing_id == (output.key or b"").decode()
    assert headers["ce_type"] == "insidertape.filing_published.v1"
    assert headers["ce_time"] == "2024-05-20T21:30:00Z"


async def test_the_cursor_of_all_files_is_in_one_partition(tmp_path: Path) -> None:
    """An engine restores it from the partition of the cursor's key, however many partitions there are."""
    for number in range(20):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    entries = (await run_once(tmp_path)).of(WATCHER_CURSOR)
    assert len({output.key for output in entries}) == 20
    assert {output.routed_by for output in entries} == {CURSOR_KEY.encode()}
    assert len({partition_of_output(output, 8) for output in entries}) == 1


async def test_a_feed_with_its_cursor_restored_publishes_nothing_again(tmp_path: Path) -> None:
    """A restart over the same files is silent."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    (tmp_path / "bad").write_bytes(b"\x81")
    first = await run_once(tmp_path)
    assert len(first.filings()) == len(first.dead_letters()) == 1
    assert (await run_once(tmp_path, log=first)).outputs == []


async def test_a_tombstone_in_the_cursor_is_passed_over(tmp_path: Path) -> None:
    """A compacted topic may hold a key without a value."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    first = await run_once(tmp_path)
    (entry,) = first.of(WATCHER_CURSOR)
    tombstone = Log([entry, type(entry)(WATCHER_CURSOR, b"directory|file:///gone", None)])
    assert (await drive(restored(new_feed(tmp_path), tombstone))).outputs == []


async def test_new_and_changed_files_are_published_and_the_others_are_not(tmp_path: Path) -> None:
    """The second pass sees what came and what changed."""
    for name in ("same.xml", "changed.xml"):
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    first = await run_once(tmp_path)
    (tmp_path / "changed.xml").write_text(ownership_xml(remarks="corrected"))
    (tmp_path / "new.xml").write_text(ownership_xml(remarks="new"))
    second = await run_once(tmp_path, log=first)
    assert sorted(second.contents()) == sorted(ownership_xml(remarks=name) for name in ("corrected", "new"))


async def test_a_copy_is_noted_and_not_published_a_second_time(tmp_path: Path) -> None:
    """The same filing under two names is one filing; the cursor knows both files."""
    for name in ("a.xml", "copy of a.xml"):
        (tmp_path / name).write_text(ownership_xml())
    log = await run_once(tmp_path)
    assert len(log.filings()) == 1
    assert log.noted() == ["a.xml", "copy%20of%20a.xml"]


async def test_a_copy_that_comes_after_a_restart_is_not_published_either(tmp_path: Path) -> None:
    """What has been published is restored from the cursor, not only which files have been seen."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    first = await run_once(tmp_path)
    (tmp_path / "b.xml").write_text(ownership_xml())
    second = await run_once(tmp_path, log=first)
    assert (second.filings(), second.noted()) == ([], ["b.xml"])


async def test_a_touched_file_is_noted_and_not_published_a_second_time(tmp_path: Path) -> None:
    """A new time of change on the same bytes moves the cursor, so that the file is not read at every start."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml())
    first = await run_once(tmp_path)
    touch(path)
    second = await run_once(tmp_path, log=first)
    assert (second.filings(), second.noted()) == ([], ["a.xml"])
    assert (await run_once(tmp_path, log=second)).outputs == []


async def test_a_file_that_is_given_back_what_it_held_is_not_published_again(tmp_path: Path) -> None:
    """Neither in one run nor after a restart, nor where it held no text in between."""
    path = tmp_path / "a.xml"
    log = Log()
    for content in (b"<a/>", b"<b/>", b"<a/>", b"\x81", b"<b/>"):
        path.write_bytes(content)
        touch(path)
        log.outputs += (await run_once(tmp_path, log=log)).outputs
    assert log.contents() == ["<a/>", "<b/>"]
    assert len(log.dead_letters()) == 1


async def test_a_file_remembers_only_the_last_of_what_it_held(tmp_path: Path) -> None:
    """Its entry in the cursor must not grow for ever: what it held long ago is news again."""
    path, log = tmp_path / "a.xml", Log()
    for number in [*range(40), 39 - 16, 0]:
        path.write_text(f"<a>{number}</a>")
        touch(path)
        log.outputs += (await run_once(tmp_path, log=Log(log.outputs[-1:]))).outputs
    assert log.contents() == [f"<a>{number}</a>" for number in [*range(40), 0]]
    assert max(len(output.value or b"") for output in log.of(WATCHER_CURSOR)) < 4_000


async def test_a_cursor_of_before_there_were_earlier_filings_is_read(tmp_path: Path) -> None:
    """An entry as older versions wrote it."""
    path = tmp_path / "a.xml"
    path.write_text(ownership_xml())
    log = await run_once(tmp_path)
    (entry,) = log.of(WATCHER_CURSOR)
    assert b"earlier" not in (entry.value or b"")
    assert (await run_once(tmp_path, log=log)).outputs == []


async def test_a_moved_file_and_one_in_a_moved_folder_are_not_published_again(tmp_path: Path) -> None:
    """Where a filing lies is not what it is; nor after a restart."""
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


async def test_insidertapes_own_data_below_a_source_is_no_filing(tmp_path: Path) -> None:
    """Wherever it is, and by whatever name: its files would change with every filing that is published."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    data = tmp_path / "somewhere"
    (data / "deep").mkdir(parents=True)
    for name in (FILE_NAME, f"{FILE_NAME}-wal", "deep/note.txt"):
        (data / name).write_text("no filing")
    assert (await run_once(tmp_path)).noted() == ["a.xml"]


async def test_hidden_files_and_ignored_directories_are_left_out(tmp_path: Path) -> None:
    """Editors and the embedded engine keep files of their own beside filings."""
    for name in (".hidden.xml", ".git/a.xml", ".a.xml.swp", "data/b.xml", "seen/data/c.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ownership_xml(remarks=name))
    log = await run_once(tmp_path, ignored=[tmp_path / "data"])
    assert log.contents() == [ownership_xml(remarks="seen/data/c.xml")]


async def test_links_to_files_are_followed_and_broken_ones_are_passed_over(tmp_path: Path) -> None:
    """A link to a directory is not followed: it may lead round in a circle."""
    elsewhere, watched = tmp_path / "elsewhere", tmp_path / "watched"
    elsewhere.mkdir()
    watched.mkdir()
    (elsewhere / "a.xml").write_text(ownership_xml())
    (watched / "link.xml").symlink_to(elsewhere / "a.xml")
    (watched / "broken.xml").symlink_to(elsewhere / "gone.xml")
    (watched / "circle").symlink_to(watched)
    assert (await run_once(watched)).noted() == ["link.xml"]


async def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.xml").write_text(ownership_xml())
    assert (await run_once(tmp_path)).noted() == ["a.xml"]


async def test_an_unreadable_file_is_complained_of_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line in the log for each state of the file, the neighbours go through, and it too once it can be read."""
    locked, neighbour = tmp_path / "locked.xml", tmp_path / "neighbour.xml"
    locked.write_text(ownership_xml(remarks="locked"))
    neighbour.write_text(ownership_xml(remarks="neighbour"))
    feed, log = new_feed(tmp_path), Log()
    with monkeypatch.context() as patched, capture_logs() as lines:
        whole = read_whole

        def refuse(path: Path, *args: object, **kwargs: object) -> bytes | None:
            if path == locked:
                raise PermissionError(13, "Permission denied", str(path))
            return whole(path, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

        patched.setattr(feed_module, "read_whole", refuse)
        log.outputs += (await drive(feed)).outputs
        feed._list_new()  # a further pass
        assert await feed.next_batch() is None
        complaints = [line for line in lines if line["event"] == "file_unreadable"]
        assert [line["uri"] for line in complaints] == [locked.as_uri()]
        assert "Permission denied" in complaints[0]["error"]
        touch(locked)
        feed._list_new()
        assert await feed.next_batch() is None
        assert sum(line["event"] == "file_unreadable" for line in lines) == 2
    assert log.contents() == [ownership_xml(remarks="neighbour")]
    feed._list_new()
    assert (await drive(feed)).contents() == [ownership_xml(remarks="locked")]


async def test_a_file_that_cannot_even_be_looked_at_is_complained_of(tmp_path: Path) -> None:
    """A link that leads to itself stops nobody, and does not go unsaid."""
    loop = tmp_path / "loop.xml"
    loop.symlink_to(loop)
    (tmp_path / "a.xml").write_text(ownership_xml())
    with capture_logs() as lines:
        log = await run_once(tmp_path)
    assert log.noted() == ["a.xml"]
    assert [line["uri"] for line in lines if line["event"] == "file_unreadable"] == [loop.as_uri()]


async def test_a_file_still_being_written_is_left_for_the_next_pass(tmp_path: Path) -> None:
    """What grew between the look at it and the reading is not taken half."""
    path = tmp_path / "a.xml"
    text = ownership_xml()
    path.write_text(text[:100])
    feed = new_feed(tmp_path)
    feed._list_new()
    path.write_text(text)
    feed._scanned = True
    with capture_logs() as lines:
        assert await feed.next_batch() is None
    assert [line["event"] for line in lines] == ["file_still_written"]
    feed._list_new()
    assert (await drive(feed)).contents() == [text]


async def test_a_file_that_vanishes_before_it_is_read_stops_nothing(tmp_path: Path) -> None:
    """It is complained of, and its neighbours are published."""
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    feed = new_feed(tmp_path)
    feed._list_new()
    feed._scanned = True
    (tmp_path / "a.xml").unlink()
    assert (await drive(feed)).noted() == ["b.xml"]


async def test_directory_is_published_in_the_order_of_filing(tmp_path: Path) -> None:
    """Positions build up in the order of the filings, not of their files' names; those without a date lead."""
    periods = {"a.xml": "2024-03-01", "b.xml": "2019-12-31", "c.xml": "2022-06-15"}
    for name, period in periods.items():
        (tmp_path / name).write_text(ownership_xml(period=period))
    (tmp_path / "d.txt").write_text(submission("0001127602-21-000001", period="20210102"))
    (tmp_path / "e.txt").write_text(
        "4. Statement for\nEarliest Transaction Required to be Reported (Month/Day/Year)\n05/09/2020"
    )
    (tmp_path / "f.txt").write_text("no date at all")
    accepted = submission("0001127602-24-000009", period="20180102", accepted="20240229170000")
    (tmp_path / "g.txt").write_text(accepted)
    expected = ["f.txt", "b.xml", "e.txt", "d.txt", "c.xml", "g.txt", "a.xml"]
    assert (await run_once(tmp_path)).noted() == expected


async def test_parts_filed_on_one_day_are_published_by_accession_number(tmp_path: Path) -> None:
    """Of "first of two Form 4s" the number shows which came first, whatever folder each is in."""
    (tmp_path / "late").mkdir()
    for name in ("a/0001127602-24-000003.xml", "late/000112760224000001.xml", "0001127602-24-000002-index.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    assert (await run_once(tmp_path)).noted() == [
        "000112760224000001.xml",
        "0001127602-24-000002-index.xml",
        "0001127602-24-000003.xml",
    ]


async def test_files_of_one_name_and_day_are_published_in_the_order_of_their_folders(tmp_path: Path) -> None:
    """Two runs over the same files must publish alike."""
    for name in ("b/form4.xml", "a/form4.xml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(ownership_xml(remarks=name))
    assert (await run_once(tmp_path)).contents() == [ownership_xml(remarks=f"{folder}/form4.xml") for folder in "ab"]


async def test_a_long_filing_is_dated_though_the_glance_ends_within_a_character(tmp_path: Path) -> None:
    """A glance at the beginning may cut a character of several bytes; the beginning is read all the same."""
    filler = "”" * 100_000  # the last of its bytes is nothing in Windows-1252
    for shift, name in enumerate(("z.xml", "y.xml", "x.xml")):
        (tmp_path / name).write_text(ownership_xml(period=f"202{shift}-01-01", remarks="-" * shift + filler))
    assert (await run_once(tmp_path)).noted() == ["z.xml", "y.xml", "x.xml"]


async def test_all_of_one_issuers_filings_travel_together(tmp_path: Path) -> None:
    """As ownership XML or as a submission: the CIK decides the partition, so their order is kept."""
    (tmp_path / "a.xml").write_text(ownership_xml(cik=CIK.lstrip("0")))
    (tmp_path / "b.txt").write_text(submission("0001127602-21-000001"))
    (tmp_path / "c.xml").write_text(ownership_xml(cik="0000000007"))
    outputs = (await run_once(tmp_path)).of(FILINGS)
    assert [output.routed_by for output in outputs].count(CIK.encode()) == 2
    assert len({output.routed_by for output in outputs}) == 2


async def test_many_files_come_in_bounded_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction stays small however many files there are; none is left out between two."""
    monkeypatch.setattr(feed_module, "_MOST_FILES", 10)
    for number in range(25):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    feed = new_feed(tmp_path)
    sizes = []
    while (outputs := await feed.next_batch()) is not None:
        sizes.append(len(outputs))
    assert sizes == [20, 20, 10]


async def test_large_files_make_a_batch_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of a batch are bounded too."""
    monkeypatch.setattr(feed_module, "_MOST_BYTES", 1_000)
    for number in range(3):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=f"{number}" * 1_000))
    feed = new_feed(tmp_path)
    sizes = []
    while (outputs := await feed.next_batch()) is not None:
        sizes.append(len(outputs))
    assert sizes == [2, 2, 2]


async def test_each_file_has_one_line_in_the_log(tmp_path: Path) -> None:
    """Which file, which filing, and where it is or why it is dead; and the batch has one for all."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    (tmp_path / "b.xml").write_text(ownership_xml())
    (tmp_path / "c").write_bytes(b"\x81")
    with capture_logs() as lines:
        log = await run_once(tmp_path)
    (filing_id,) = [filing.filing_id for filing in log.filings()]
    *files, batch = lines
    said = {Path(line["path"]).name: (line["event"], line["log_level"], line["filing_id"]) for line in files}
    assert said == {
        "a.xml": ("filing_published", "info", filing_id),
        "b.xml": ("filing_known", "debug", filing_id),
        "c": ("filing_refused", "warning", None),
    }
    places = {
        (output.topic.name, 0, offset)
        for offset, output in enumerate(log.outputs)
        if output.topic is not WATCHER_CURSOR
    }
    assert {(line["topic"], line["partition"], line["offset"]) for line in files if "offset" in line} == places
    assert [line["code"] for line in files if "code" in line] == ["undecodable"]
    told = {"event": "filings_published", "log_level": "info", "filings": 1, "dead_letters": 1, "waiting": 0}
    assert batch == told


async def test_a_batch_that_is_not_committed_is_not_said_to_be_published(tmp_path: Path) -> None:
    """The next feed writes it, and says so once."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    (tmp_path / "c").write_bytes(b"\x81")
    with capture_logs() as lines:
        assert await new_feed(tmp_path).next_batch() is not None
    assert lines == []


async def test_a_file_name_that_is_no_text_is_published(tmp_path: Path) -> None:
    """POSIX names are bytes; its URI is plain ASCII."""
    path = tmp_path / os.fsdecode(b"caf\xe9.xml")
    path.write_text(ownership_xml())
    assert (await run_once(tmp_path)).noted() == ["caf%E9.xml"]


async def test_cancelling_a_feed_that_reads_leaves_nothing_behind(tmp_path: Path) -> None:
    """An engine that stops drops the feed in the midst of a batch; a new one publishes everything."""
    for number in range(50):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    task = asyncio.create_task(new_feed(tmp_path).next_batch())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len((await run_once(tmp_path)).filings()) == 50
