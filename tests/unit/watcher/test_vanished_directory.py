"""A source directory that is unavailable or cannot be listed: reported once, without stopping the source."""

import shutil
from pathlib import Path

from structlog.testing import capture_logs
from structlog.typing import EventDict

from services.watcher.directory import files_in
from tests.unit.watcher.directory_harness import new_source, ownership_xml


def reports(logs: list[EventDict]) -> list[tuple[str, str]]:
    """Return the reported events about directories, each with the name of its directory."""
    return [(line["event"], Path(line["directory"]).name) for line in logs if "directory" in line]


async def test_directory_that_vanishes_and_returns_is_reported_once_each_time(tmp_path: Path) -> None:
    """For a share that is unmounted for a while, nothing is missed, and the other directories continue."""
    share, other = tmp_path / "share", tmp_path / "other"
    share.mkdir()
    other.mkdir()
    source = new_source(share, other, follow=True, force_polling=True)
    with capture_logs() as logs:
        (share / "a.xml").write_text(ownership_xml(remarks="first"))
        assert len(await source.next_batch() or ()) == 2
        share.rename(tmp_path / "away")
        (other / "b.xml").write_text(ownership_xml(remarks="second"))
        assert len(await source.next_batch() or ()) == 2
        (other / "c.xml").write_text(ownership_xml(remarks="third"))
        assert len(await source.next_batch() or ()) == 2
        assert reports(logs) == [("directory_unreadable", "share")]
        (tmp_path / "away" / "d.xml").write_text(ownership_xml(remarks="fourth"))
        (tmp_path / "away").rename(share)
        assert len(await source.next_batch() or ()) == 2
    assert reports(logs) == [("directory_unreadable", "share"), ("directory_read_again", "share")]


async def test_single_pass_over_an_unavailable_directory_reports_it(tmp_path: Path) -> None:
    """It must not look like a directory without new files."""
    source = new_source(tmp_path / "away")
    with capture_logs() as logs:
        assert await source.next_batch() is None
    assert reports(logs) == [("directory_unreadable", "away")]


def test_folder_that_vanishes_during_the_listing_is_ignored(tmp_path: Path) -> None:
    """Folders in a source may be deleted at any time."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b.xml").touch()
    errors: list[str] = []
    listing = files_in([tmp_path], on_error=lambda directory, _: errors.append(directory))
    assert next(listing)[0].name == "b.xml"
    shutil.rmtree(tmp_path / "a")
    assert list(listing) == []
    assert errors == []
