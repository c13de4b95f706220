"""Small, full and read-only file systems mounted for a test, and the pipeline over the samples on one of them."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from contracts.topics import ALERTS, POSITIONS
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.pipeline import run_pipeline
from services.watcher.directory_service import directory_watcher

SAMPLES: Final = Path(__file__).resolve().parents[2] / "deploy" / "samples"
LARGE: Final = "64m"
_NOW: Final = datetime(2025, 6, 1, tzinfo=UTC)
_BLOCK: Final = 4_096

Result = list[tuple[str, bytes | None, bytes | None]]
"""Topic, key and value of records."""


class Disk:
    """A file system in memory of a given size, such as `100k`."""

    def __init__(self, directory: Path, size: str) -> None:
        self.directory = directory
        self._ballast = directory / "ballast"
        _mount("-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(directory))

    def fill(self) -> None:
        """Use up all free space."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * _BLOCK):
                    pass
            except OSError:  # it is full
                return

    def empty(self) -> None:
        """Free the space, and enlarge the disk beyond what any test needs."""
        self._ballast.unlink(missing_ok=True)
        self._remount(f"size={LARGE}")

    def forbid_writing(self) -> None:
        """Make it read-only."""
        self._remount("ro")

    def _remount(self, options: str) -> None:
        _mount("-o", f"remount,{options}", str(self.directory))


@contextmanager
def mounted(size: str = LARGE) -> Iterator[Disk]:
    """Mount a disk where any user can reach it; skip the test if that is not possible here."""
    if os.geteuid():
        pytest.skip("only root may mount a file system")
    with tempfile.TemporaryDirectory(prefix="insidertape-disk-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        try:
            disk = Disk(directory, size)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no file system can be mounted here: {error.stderr.strip()}")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", str(directory)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True, text=True)


def run_samples(data: Path, sources: Path = SAMPLES) -> None:
    """Run the whole pipeline once over the samples; its clock stands still, so that results are comparable."""

    async def run() -> None:
        engine = EmbeddedEngine(EmbeddedLog(data))
        source = directory_watcher([sources], follow=False, now=lambda: _NOW)
        try:
            await run_pipeline(engine, [source], [parser_service(), holdings_service()], asyncio.Event(), once=True)
        finally:
            await engine.close()

    asyncio.run(run())


def result_of(data: Path) -> Result:
    """Return the alerts and positions, sorted independently of the order in which services ran."""

    async def read() -> Result:
        engine = EmbeddedEngine(EmbeddedLog(data, read_only=True))
        found = [(r.topic, r.key, r.value) async for r in engine.read((ALERTS, POSITIONS), follow=False)]
        await engine.close()
        return sorted(found, key=repr)

    return asyncio.run(read())
