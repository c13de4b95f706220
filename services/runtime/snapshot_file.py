"""Snapshot files: a partition's state in one file that is written completely or not at all, and verified when read.

A file is a line that names the format, then frames. The first frame describes the snapshot; the others belong to the
processor. After each frame comes the SHA-256 digest of everything up to there, so that no byte is used before it is
verified. An empty frame ends the file.
"""

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final

import msgspec

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured

_FORMAT: Final = b"insidertape snapshot 1\n"
_LENGTH: Final = Struct(">I")
_DIGEST_BYTES: Final = 32
_TEMPORARY: Final = ".tmp"

_WRITING: Final = threading.Lock()
"""Held while a file is written, so that the snapshots of a process do not compete with its work all at once."""


class UnusableSnapshot(Exception):
    """A snapshot that must not be used. `reason` is one word for the log."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Origin(msgspec.Struct, frozen=True):
    """The partition that a state belongs to, and the encoding of its frames.

    A topic that was deleted and created again has another id. With another count of partitions, keys belong elsewhere.
    """

    topic_id: str
    partition: int
    partitions: int
    encoding: str


class Description(msgspec.Struct, frozen=True):
    """The first frame: whose state the snapshot contains, up to which offset of its topic, and when it was taken."""

    origin: Origin
    offset: int
    taken_ms: int


def prepare_directory(directory: Path) -> None:
    """Create the directory for snapshots if it does not exist, and check that it can be written.

    Raises:
        Misconfigured: it cannot.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise Misconfigured(ErrorCode.UNUSABLE_SNAPSHOT_DIRECTORY, f"{directory}: {error.strerror}") from error


def write_snapshot(path: Path, description: Description, frames: Iterable[bytes]) -> int:
    """Replace the snapshot at `path`, and return the bytes written. A reader sees the old file or the new one.

    Raises:
        OSError: the directory cannot be written; the old file remains.
    """
    with _WRITING:
        descriptor, temporary = tempfile.mkstemp(_TEMPORARY, path.name, path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                written = _write(file, description, frames)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)
    return written


def read_snapshot(path: Path) -> tuple[Description, Iterator[bytes]]:
    """Return the description of a snapshot, and its other frames, each verified when it is reached.

    Raises:
        FileNotFoundError: there is none.
        OSError: the file cannot be read.
        UnusableSnapshot: the file is damaged, not complete, or in another format. The iterator raises it too.
    """
    frames = _read(path)
    try:
        return msgspec.json.decode(next(frames), type=Description), frames
    except (msgspec.MsgspecError, StopIteration) as error:
        raise UnusableSnapshot("torn", f"the description cannot be read: {error}") from None


def remove_leftovers(path: Path) -> None:
    """Remove the files that killed processes left behind while they wrote a snapshot for `path`."""
    for leftover in path.parent.glob(f"{path.name}*{_TEMPORARY}"):
        leftover.unlink(missing_ok=True)


def _write(file: BinaryIO, description: Description, frames: Iterable[bytes]) -> int:
    digest = hashlib.sha256()
    written = file.write(_FORMAT)
    for frame in _all_frames(description, frames):
        for part in (_LENGTH.pack(len(frame)), frame):
            digest.update(part)
            written += file.write(part)
        written += file.write(digest.digest())
    return written


def _all_frames(description: Description, frames: Iterable[bytes]) -> Iterator[bytes]:
    yield msgspec.json.encode(description)
    yield from frames
    yield b""


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if (found := file.read(len(_FORMAT))) != _FORMAT:
            raise UnusableSnapshot("format", f"the file begins with {found!r}, not with {_FORMAT!r}")
        left = os.fstat(file.fileno()).st_size - len(_FORMAT)
        digest = hashlib.sha256()
        while frame := _read_frame(file, digest, left):
            left -= _LENGTH.size + len(frame) + _DIGEST_BYTES
            yield frame


def _read_frame(file: BinaryIO, digest: "hashlib._Hash", left: int) -> bytes:
    head = file.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else left
    if _LENGTH.size + length + _DIGEST_BYTES > left:
        raise UnusableSnapshot("torn", f"the file ends {left} bytes after its last complete frame")
    frame = file.read(length)
    digest.update(head)
    digest.update(frame)
    if file.read(_DIGEST_BYTES) != digest.digest():
        raise UnusableSnapshot("torn", f"the digest of a frame of {length} bytes does not match")
    return frame


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
