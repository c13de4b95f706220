"""The directory watcher on the embedded engine, over real directories."""

import asyncio
from pathlib import Path

import pytest

from contracts.codec import decode
from contracts.errors import Misconfigured
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS, Topic
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Record
from services.watcher.directory_service import directory_watcher
from services.watcher.directory_source import CURSOR_KEY
from tests.unit.watcher.directory_harness import NOW, ownership_xml


async def watched(data: Path, *sources: Path, ignored: tuple[Path, ...] = (), topic: Topic = FILINGS) -> list[Record]:
    """Return all records of the topic after the watcher has made a pass over the sources."""
    engine = EmbeddedEngine(EmbeddedLog(data))
    service = directory_watcher(sources, follow=False, ignored=ignored, now=lambda: NOW)
    try:
        async with asyncio.timeout(30):
            await engine.run_source(service, asyncio.Event())
            return [record async for record in engine.read((topic,), follow=False)]
    finally:
        await engine.close()


async def published(data: Path, *sources: Path, ignored: tuple[Path, ...] = ()) -> list[str]:
    """Return all texts in the log after a pass."""
    records = await watched(data, *sources, ignored=ignored)
    return [decode(record.value, FilingPublished).content for record in records]


def test_a_source_that_is_not_a_directory_is_refused_at_once(tmp_path: Path) -> None:
    """A misspelt source must not look like an empty one; the message quotes it as given."""
    (tmp_path / "file").touch()
    for given in (tmp_path / "gone", tmp_path / "file", Path("no/such/place")):
        with pytest.raises(Misconfigured, match=f"no_directory: {given} is not a directory"):
            directory_watcher([tmp_path, given], follow=False)


def test_insidertapes_own_data_cannot_be_watched(tmp_path: Path) -> None:
    """Every published filing would change the file it is published to, which would be read as a filing."""
    EmbeddedLog(tmp_path / "data").close()
    with pytest.raises(Misconfigured, match=f"data_in_source: {tmp_path / 'data'} contains"):
        directory_watcher([tmp_path / "data"], follow=True)


def test_the_watcher_names_its_topics(tmp_path: Path) -> None:
    """The engine and the table of topics use the same names."""
    service = directory_watcher([tmp_path], follow=False)
    assert (service.name, service.group) == ("watcher", "insidertape.watcher.directory")
    assert service.cursor == WATCHER_CURSOR
    assert set(service.output_topics) == {FILINGS, WATCHER_DEAD_LETTERS}


async def test_every_run_publishes_only_new_files(tmp_path: Path) -> None:
    """The cursor is in the log: a second process continues where the first stopped."""
    source, data = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    (source / "a.xml").write_text(ownership_xml(remarks="a"))
    assert await published(data, source) == [ownership_xml(remarks="a")]
    (source / "b.xml").write_text(ownership_xml(remarks="b"))
    assert await published(data, source) == [ownership_xml(remarks=name) for name in ("a", "b")]
    assert await published(data, source) == [ownership_xml(remarks=name) for name in ("a", "b")]


async def test_one_directory_under_two_names_is_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative, absolute or through a link: the cursor identifies a file by its real path."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.xml").write_text(ownership_xml())
    (tmp_path / "link").symlink_to(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("source", "link", "~/source", "./link/../source"):
        (entry,) = await watched(tmp_path / "data", Path(name), topic=WATCHER_CURSOR)
        assert entry.key == f"{CURSOR_KEY}|{(source / 'a.xml').as_uri()}".encode()


async def test_the_data_directory_within_a_source_is_left_out(tmp_path: Path) -> None:
    """Otherwise the engine's own file would be read as a filing, again and again."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    data = tmp_path / "data"
    assert await published(data, tmp_path, ignored=(data,)) == [ownership_xml()]
