"""How long a snapshot of the books takes to write and to load, and how little it disturbs other work."""

import asyncio
import gc
import time
from functools import partial
from pathlib import Path
from typing import Final

from services.holdings.processor import HoldingsProcessor
from services.runtime.snapshot_file import Description, Origin, read_snapshot, write_snapshot
from services.runtime.threads import in_thread
from tests.benchmarks.stopwatch import Stopwatch

TARGET_SECONDS: Final = 6
_DESCRIPTION: Final = Description(Origin("benchmark", 0, 1, HoldingsProcessor().snapshot_encoding), 0, 0)


def show_snapshot(processor: HoldingsProcessor, directory: Path) -> None:
    """Write a snapshot of the processor's books beside the event loop, load it again, and print the figures."""
    path = directory / "benchmark.snapshot"
    stopwatch = Stopwatch()
    size, longest = asyncio.run(_write(processor, path))
    print(
        f"snapshot: {size / 1e6:,.0f} MB in {stopwatch.spent()}; the event loop waited {1e3 * longest:.0f} ms at most"
    )
    stopwatch = Stopwatch()
    keys = asyncio.run(_load(path))
    print(
        f"restore from the snapshot: {stopwatch.spent()} for {keys:,} pairs (target {TARGET_SECONDS} s for a million)"
    )


async def _write(processor: HoldingsProcessor, path: Path) -> tuple[int, float]:
    """Write a snapshot, and return its size, and the longest time for which the event loop had no turn."""
    began = time.perf_counter()
    frames = processor.save()
    longest = time.perf_counter() - began
    writing = asyncio.ensure_future(in_thread(partial(write_snapshot, path, _DESCRIPTION, frames)))
    while not writing.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - began - 0.001)
    return await writing, longest


async def _load(path: Path) -> int:
    """Load a snapshot as the Kafka engine does, and return the number of its books."""
    gc.collect()
    processor = HoldingsProcessor()
    _, frames = await in_thread(partial(read_snapshot, path))
    while (frame := await in_thread(partial(next, frames, None))) is not None:
        processor.load(frame)
    return processor.keys
