"""Snapshot files: complete or absent, and never believed without their digests."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from contracts.errors import Misconfigured
from services.runtime.snapshot_file import (
    Description,
    Origin,
    UnusableSnapshot,
    prepare_directory,
    read_snapshot,
    remove_leftovers,
    write_snapshot,
)

ORIGIN = Origin("id", 3, 8, "encoding")
OLD, NEW = Description(ORIGIN, 7, 1), Description(ORIGIN, 9, 2)
FRAMES = [b"one", b"x" * 1_000, b"three"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a snapshot, which does not exist."""
    return tmp_path / "topic-3.snapshot"


def content(path: Path) -> tuple[Description, list[bytes]]:
    """Read a snapshot to its end."""
    description, frames = read_snapshot(path)
    return description, list(frames)


def test_snapshot_is_read_as_it_was_written(path: Path) -> None:
    """A state without anything has no frames."""
    assert write_snapshot(path, OLD, FRAMES) == path.stat().st_size
    assert content(path) == (OLD, FRAMES)
    write_snapshot(path, NEW, [])
    assert content(path) == (NEW, [])


@pytest.mark.parametrize("frames", [[], FRAMES])
def test_snapshot_cut_off_anywhere_is_torn(path: Path, frames: list[bytes]) -> None:
    """A disk may lose the end of a file even if it reported success."""
    write_snapshot(path, OLD, frames)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UnusableSnapshot):
            content(path)


def test_snapshot_with_any_wrong_byte_is_torn_before_the_byte_is_used(path: Path) -> None:
    """A processor has no means to notice that a book is another one."""
    write_snapshot(path, OLD, FRAMES)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        verified: list[bytes] = []
        with pytest.raises(UnusableSnapshot):  # noqa: PT012 - the frames before the error count
            description, frames = read_snapshot(path)
            assert description == OLD
            for frame in frames:
                verified.append(frame)  # noqa: PERF402 - extend would lose them at the error
        assert verified == FRAMES[: len(verified)]


def test_absurd_length_is_torn_without_reading_so_much(path: Path) -> None:
    """Memory for four gigabytes would be reserved before the end of the file is noticed."""
    write_snapshot(path, OLD, FRAMES)
    whole = path.read_bytes()
    at = whole.index(b"{") - 4
    path.write_bytes(whole[:at] + b"\xff" * 4 + whole[at + 4 :])
    with pytest.raises(UnusableSnapshot, match="ends"):
        read_snapshot(path)


def test_frames_of_two_snapshots_do_not_mix(path: Path) -> None:
    """Each digest covers the frames before it, so an old block of the disk does not pass."""
    write_snapshot(path, OLD, [b"one", b"two"])
    old = path.read_bytes()
    write_snapshot(path, OLD, [b"uno", b"two"])
    new = path.read_bytes()
    start = new.index(b"two")
    path.write_bytes(new[:start] + old[start:])
    with pytest.raises(UnusableSnapshot, match="digest"):
        content(path)


def test_file_in_another_format_is_not_read(path: Path) -> None:
    """An older or newer version may have written it."""
    path.write_bytes(b"insidertape snapshot 2\n" + b"\0" * 100)
    with pytest.raises(UnusableSnapshot) as caught:
        content(path)
    assert caught.value.reason == "format"


def test_failed_write_leaves_the_old_snapshot_and_nothing_else(path: Path) -> None:
    """The disk may be full."""

    def failing() -> Iterator[bytes]:
        yield b"one"
        raise OSError("no space left on device")

    write_snapshot(path, OLD, FRAMES)
    with pytest.raises(OSError, match="no space"):
        write_snapshot(path, NEW, failing())
    assert content(path) == (OLD, FRAMES)
    assert list(path.parent.iterdir()) == [path]


def test_writer_killed_at_any_line_leaves_the_old_snapshot_or_the_new_one(path: Path, tmp_path: Path) -> None:
    """Nothing runs after kill -9: the directory stays as it was at that line."""
    directory, copies = tmp_path / "state", tmp_path / "copies"
    directory.mkdir()
    target = directory / path.name
    write_snapshot(target, OLD, FRAMES)
    lines = at_every_line(
        lambda: write_snapshot(target, NEW, FRAMES),
        lambda number: shutil.copytree(directory, copies / str(number)),
    )
    seen = []
    for number in range(lines):
        seen.append(content(copies / str(number) / path.name))
        remove_leftovers(copies / str(number) / path.name)
        assert len(list((copies / str(number)).iterdir())) == 1
    assert [seen[0], seen[-1]] == [(OLD, FRAMES), (NEW, FRAMES)]
    assert seen == sorted(seen, key=lambda each: each[0].offset)


def at_every_line(work: Callable[[], object], observe: Callable[[int], object]) -> int:
    """Call `observe` with a number before each line that `work` reaches, the library's too; return their count."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> object:
        nonlocal count
        if event == "line":
            observe(count)
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]  # the stub's type is not recursive
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_directory_is_created_before_the_service_starts(tmp_path: Path) -> None:
    """An operator names a directory on a new volume."""
    prepare_directory(tmp_path / "new" / "state")
    prepare_directory(tmp_path / "new" / "state")
    assert list((tmp_path / "new" / "state").iterdir()) == []


def test_unusable_directory_is_an_error_at_the_start(tmp_path: Path) -> None:
    """A misspelt setting would otherwise be noticed at the first slow restart."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Misconfigured, match=r"unusable_snapshot_directory: .*Not a directory"):
        prepare_directory(tmp_path / "file" / "state")


def test_leftovers_of_another_partition_remain(path: Path) -> None:
    """Another process may be writing them."""
    other = path.with_name("topic-31.snapshotabc.tmp")
    mine = path.with_name("topic-3.snapshotabc.tmp")
    for each in (other, mine):
        each.write_bytes(b"")
    remove_leftovers(path)
    assert (other.exists(), mine.exists()) == (True, False)
