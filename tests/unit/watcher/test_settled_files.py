"""Which files nobody is writing to any more."""

import math
from datetime import UTC, datetime

import pytest

from services.watcher.directory import Entry, is_truncated
from services.watcher.settled_files import SettledFiles
from tests.unit.watcher.directory_harness import ownership_xml, submission

NOW = datetime(2024, 5, 20, 21, 30, tzinfo=UTC)


class Monotonic:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def read(self) -> float:
        """The seconds it shows."""
        return self.seconds


def entry(*, changed_ago: float, size: int = 1) -> Entry:
    """A file whose time of change is so many seconds before now."""
    return Entry("file:///a", size, int((NOW.timestamp() - changed_ago) * 1e9))


def test_a_file_changed_long_ago_has_settled_at_the_first_look() -> None:
    """Nobody waits for what lies there since yesterday."""
    files = SettledFiles(1)
    assert files.has_settled(entry(changed_ago=2), NOW)
    assert files.scan_again_in == math.inf


@pytest.mark.parametrize("changed_ago", [0.5, -3600], ids=["just now", "by a clock that is ahead"])
def test_a_file_has_settled_once_it_was_seen_unchanged_for_so_long(changed_ago: float) -> None:
    """Until then it is to be looked at again."""
    clock = Monotonic()
    files = SettledFiles(1, monotonic=clock.read)
    for seconds, expected in ((100.0, False), (100.9, False), (101.0, True)):
        clock.seconds = seconds
        files.begin_scan({"file:///a"})
        assert files.has_settled(entry(changed_ago=changed_ago), NOW) is expected
        assert files.scan_again_in == (math.inf if expected else 1)


def test_a_change_begins_the_wait_anew() -> None:
    """A second longer for one that grows."""
    clock = Monotonic()
    files = SettledFiles(1, monotonic=clock.read)
    assert not files.has_settled(entry(changed_ago=0), NOW)
    clock.seconds += 1
    assert not files.has_settled(entry(changed_ago=0, size=2), NOW)
    clock.seconds += 1
    assert files.has_settled(entry(changed_ago=0, size=2), NOW)


def test_a_file_that_is_gone_is_forgotten() -> None:
    """One that comes in its place is another."""
    clock = Monotonic()
    files = SettledFiles(1, monotonic=clock.read)
    assert not files.has_settled(entry(changed_ago=0), NOW)
    files.begin_scan(set())
    assert files.scan_again_in == math.inf
    clock.seconds += 5
    assert not files.has_settled(entry(changed_ago=0), NOW)


TAGGED = "<SUBMISSION>\n<ACCESSION-NUMBER>0001562180-25-000280\n<TYPE>4\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ownership_xml(), False),
        (ownership_xml()[:-30], True),
        (ownership_xml().replace("</", "</ns:").replace("<o", "<ns:o"), False),
        (submission("0001127602-24-000001") + "</SEC-DOCUMENT>\n", False),
        (submission("0001127602-24-000001") + ownership_xml(), True),
        (TAGGED + ownership_xml() + "</SUBMISSION>\r", False),
        (TAGGED + ownership_xml(), True),
        ("FORM 4\n\nName of Issuer", False),
        ("", False),
    ],
)
def test_what_has_an_end_is_seen_to_lack_it(text: str, expected: bool) -> None:
    """A submission by its own end, not by that of the document in it; what has none is never said to break off."""
    assert is_truncated(text.encode()) is expected
