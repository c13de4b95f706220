"""A small disk that a run may fill: a tmpfs, if this process may mount one."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_BALLAST: Final = "ballast"
_PIECES: Final = (1024 * 1024, 4096)


class Disk:
    """A mounted disk with a directory for data and a ballast file that fills the rest."""

    def __init__(self, path: Path) -> None:
        self._ballast = path / _BALLAST
        self.data = path / "data"

    def fill(self) -> None:
        """Take all free space."""
        with self._ballast.open("ab") as ballast:
            for piece in _PIECES:
                self._take(ballast.fileno(), piece)

    def clear(self) -> None:
        """Free the space."""
        self._ballast.unlink(missing_ok=True)

    @staticmethod
    def _take(file: int, piece: int) -> None:
        content = bytes(piece)
        try:
            while True:
                os.write(file, content)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


@contextmanager
def mounted_disk(path: Path, megabytes: int) -> Iterator[Disk | None]:
    """Mount a disk of that size; None if this process may not mount anything, or the system has no tmpfs."""
    path.mkdir(parents=True, exist_ok=True)
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if not (mount and umount) or _failed(mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)):
        yield None
        return
    try:
        yield Disk(path)
    finally:
        subprocess.run([umount, "--lazy", str(path)], check=True)


def _failed(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0
