"""The number of files that a directory source reports as found, for the progress bar."""

import shutil
from pathlib import Path

from services.watcher.directory import files_in
from services.watcher.directory_source import DirectorySource
from tests.unit.watcher.directory_harness import NOW, ownership_xml


async def found_by(directory: Path) -> list[int]:
    """Return the numbers that the source reports in a single pass over the directory."""
    found: list[int] = []
    source = DirectorySource([directory], now=lambda: NOW, follow=False, poll_interval=1, on_found=found.append)
    while await source.next_batch() is not None:
        pass
    return found


async def test_the_number_of_files_is_known_before_the_first_is_published(tmp_path: Path) -> None:
    """The progress bar can show its share from the start; a refused file counts too."""
    for number in range(3):
        (tmp_path / f"{number}.xml").write_text(ownership_xml(remarks=str(number)))
    (tmp_path / "bad").write_bytes(b"\x81")
    assert await found_by(tmp_path) == [4]


async def test_copies_are_subtracted_from_the_number(tmp_path: Path) -> None:
    """Copies are not published again: a bar that waited for them would never reach its end."""
    (tmp_path / "a.xml").write_text(ownership_xml())
    for name in ("b.xml", "c.xml"):
        shutil.copy(tmp_path / "a.xml", tmp_path / name)
    assert await found_by(tmp_path) == [3, 1]


async def test_an_empty_directory_has_no_files(tmp_path: Path) -> None:
    """The source reports 0."""
    assert await found_by(tmp_path) == [0]


def test_files_are_identified_by_the_uris_of_their_paths(tmp_path: Path) -> None:
    """The cursor identifies files by these URIs: another spelling would be published again."""
    folder = tmp_path / "of 2024 & before"
    folder.mkdir()
    for name in ("a b.xml", "100%.xml", "~é#?.xml", "plain-1.2_3.xml"):
        (folder / name).write_bytes(b"")
    found = list(files_in([tmp_path]))
    assert len(found) == 4
    assert [(entry.uri, path.exists()) for path, entry in found] == [(path.as_uri(), True) for path, _ in found]
