"""A source directory that is away, or cannot be listed: reported once, and survived."""

import shutil
from pathlib import Path

from structlog.testing import capture_logs
from structlog.typing import EventDict

from services.watcher.directory import files_in
from tests.unit.watcher.directory_harness import new_feed, ownership_xml


def reports(logs: list[EventDict]) -> list[tuple[str, str]]:
    """What was reported of directories: the event, and the name of the directory."""
    return [(line["event"], Path(line["directory"]).name) for line in logs if "directory" in line]


async def test_directory_that_vanishes_and_comes_back_is_reported_once_each_time(tmp_path: Path) -> None:
    """A share that is unmounted for a while: nothing is missed, and the other directories go on."""
    share, other = tmp_path / "share", tmp_path / "other"
    share.mkdir()
    other.mkdir()
    feed = new_feed(share, other, follow=True, force_polling=True)
    with capture_logs() as logs:
        (share / "a.xml").write_text(ownership_xml(remarks="first"))
        assert len(await feed.next_batch() or ()) == 2
        share.rename(tmp_path / "away")
        (other / "b.xml").write_text(ownership_xml(remarks="second"))
        assert len(await feed.next_batch() or ()) == 2
        (other / "c.xml").write_text(ownership_xml(remarks="third"))
        assert len(await feed.next_batch() or ()) == 2
        assert reports(logs) == [("directory_unreadable", "share")]
        (tmp_path / "away" / "d.xml").write_text(ownership_xml(remarks="fourth"))
        (tmp_path / "away").rename(share)
        assert len(await feed.next_batch() or ()) == 2
    assert reports(logs) == [("directory_unreadable", "share"), ("directory_read_again", "share")]


async def test_single_pass_over_a_directory_that_is_away_reports_it(tmp_path: Path) -> None:
    """It is not taken for one that holds nothing new."""
    feed = new_feed(tmp_path / "away")
    with capture_logs() as logs:
        assert await feed.next_batch() is None
    assert reports(logs) == [("directory_unreadable", "away")]


def test_folder_that_vanishes_while_the_files_are_listed_is_no_trouble(tmp_path: Path) -> None:
    """Folders below a source come and go."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b.xml").touch()
    errors: list[str] = []
    listing = files_in([tmp_path], on_error=lambda directory, _: errors.append(directory))
    assert next(listing)[0].name == "b.xml"
    shutil.rmtree(tmp_path / "a")
    assert list(listing) == []
    assert errors == []
