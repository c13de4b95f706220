"""Whatever happens to the files and however often the watcher restarts: nothing is lost, nothing published twice."""

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.topics import WATCHER_CURSOR
from services.watcher.directory_source import DirectorySource
from tests.unit.watcher.directory_harness import Log, new_source, ownership_xml, restored

NAMES = st.sampled_from(["a.xml", "b.xml", "deep/c.xml"])
TEXTS = st.sampled_from(["one", "two", "three"]).map(lambda word: ownership_xml(remarks=word))
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, TEXTS),
    st.tuples(st.just("delete"), NAMES, st.just("")),
    st.tuples(st.just("touch"), NAMES, st.just("")),
    st.tuples(st.just("restart"), st.just(""), st.just("")),
)


class Clock:
    """Gives each change of a file a different time."""

    def __init__(self) -> None:
        self._seconds = 1_700_000_000

    def stamp(self, path: Path) -> None:
        """Set the file's modification time to the next second."""
        self._seconds += 1
        os.utime(path, (self._seconds, self._seconds))


def change(root: Path, clock: Clock, what: str, name: str, text: str) -> None:
    """Do to the file what the step says."""
    path = root / name
    if what == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        clock.stamp(path)
    elif path.is_file():
        if what == "touch":
            clock.stamp(path)
        elif what == "delete":
            path.unlink()


def compacted(log: Log) -> Log:
    """Return the log's cursor after compaction: the last entry of each file."""
    return Log(list({output.key: output for output in log.of(WATCHER_CURSOR)}.values()))


async def one_pass(source: DirectorySource) -> Log:
    """Return what the source publishes in one more pass over its directory."""
    source._scanned = False
    log = Log()
    while (outputs := await source.next_batch()) is not None:
        log.outputs += outputs
    return log


@given(st.lists(STEPS, max_size=12))
@settings(deadline=None)
def test_every_text_that_a_pass_sees_is_published_and_none_that_the_cursor_knows(
    steps: list[tuple[str, str, str]],
) -> None:
    """A model of the directory: after each step and a pass, what is there has been published, and once.

    A file remembers more texts than it is given here, so that a restart forgets nothing.
    """
    with TemporaryDirectory() as directory:
        root, clock, log = Path(directory), Clock(), Log()
        source = new_source(root)
        published: set[str] = set()
        for what, name, text in steps:
            if what == "restart":
                source = restored(new_source(root), compacted(log))
            else:
                change(root, clock, what, name, text)
            seen = asyncio.run(one_pass(source))
            log.outputs += seen.outputs
            there = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.xml")}
            assert sorted(seen.contents()) == sorted(set(there.values()) - published)
            published |= set(there.values())
