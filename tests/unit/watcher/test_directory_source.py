"""A single pass of the directory source: records, cursor entries, bounded batches and log lines."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.envelope import header_texts
from contracts.topics import FILINGS, WATCHER_CURSOR
from services.runtime.partitioning import partition_of_output
from services.watcher import directory_source as source_module
from services.watcher.directory_source import CURSOR_KEY
from tests.unit.watcher.directory_harness import (
    NOW,
    new_source,
    ownership_xml,
    run_once,
)


async def test_every_file_is_published_once(tmp_path: Path) -> None:
    """Each file is one record, in the same batch as the cursor entry that accounts for it."""
    for name in ("b.xml", "a.xml", "deep/down/c.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ownership_xml(remarks=name))
    log = await run_once(tmp_path)
    assert sorted(log.contents()) == sorted(
        ownership_xml(remarks=name) for name in ("a.xml", "b.xml", "deep/down/c.xml")
    )
    assert sorted(log.noted()) == ["a.xml", "b.xml", "c.xml"]


async def test_a_published_filing_has_its_source_time_and_hash(tmp_path: Path) -> None:
    """The envelope's subject is the id of the filing."""
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
    """An engine restores it from the partition of the cursor's key, whatever the number of partitions."""
    for number in range(20):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    entries = (await run_once(tmp_path)).of(WATCHER_CURSOR)
    assert len({output.key for output in entries}) == 20
    assert {output.routed_by for output in entries} == {CURSOR_KEY.encode()}
    assert len({partition_of_output(output, 8) for output in entries}) == 1


async def test_many_files_are_published_in_bounded_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions stay small however many files there are, and no file is left out between two."""
    monkeypatch.setattr(source_module, "_MOST_FILES", 10)
    for number in range(25):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    source = new_source(tmp_path)
    sizes = []
    while (outputs := await source.next_batch()) is not None:
        sizes.append(len(outputs))
    assert sizes == [20, 20, 10]


async def test_large_files_are_published_in_separate_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of bytes per batch is bounded too."""
    monkeypatch.setattr(source_module, "_MOST_BYTES", 1_000)
    for number in range(3):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=f"{number}" * 1_000))
    source = new_source(tmp_path)
    sizes = []
    while (outputs := await source.next_batch()) is not None:
        sizes.append(len(outputs))
    assert sizes == [2, 2, 2]


async def test_each_file_has_one_line_in_the_log(tmp_path: Path) -> None:
    """It has the path, the filing, and its offset or the reason of its dead letter; a batch has one line in total."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    (tmp_path / "b.xml").write_text(ownership_xml())
    (tmp_path / "c").write_bytes(b"\x81")
    with capture_logs() as lines:
        log = await run_once(tmp_path)
    (filing_id,) = [filing.filing_id for filing in log.filings()]
    *files, batch = lines
    logged = {Path(line["path"]).name: (line["event"], line["log_level"], line["filing_id"]) for line in files}
    assert logged == {
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
    batch_line = {"event": "filings_published", "log_level": "info", "filings": 1, "dead_letters": 1, "waiting": 0}
    assert batch == batch_line


async def test_an_uncommitted_batch_is_not_logged_as_published(tmp_path: Path) -> None:
    """The next source writes it, and logs it once."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    (tmp_path / "c").write_bytes(b"\x81")
    with capture_logs() as lines:
        assert await new_source(tmp_path).next_batch() is not None
    assert lines == []


async def test_after_a_cancelled_batch_a_new_source_publishes_everything(tmp_path: Path) -> None:
    """An engine that stops drops the source in the middle of a batch."""
    for number in range(50):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    task = asyncio.create_task(new_source(tmp_path).next_batch())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len((await run_once(tmp_path)).filings()) == 50
