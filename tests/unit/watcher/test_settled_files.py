"""Files that are no longer being written."""

import math
from datetime import UTC, datetime

import pytest

from services.watcher.directory import Entry, is_truncated
from services.watcher.settled_files import SettledFiles
from tests.unit.watcher.directory_harness import ownership_xml, submission

NOW = datetime(2024, 5, 20, 21, 30, tzinfo=UTC)


class Monotonic:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def read(self) -> float:
        """Return the seconds that the clock shows."""
        return self.seconds


def entry(*, changed_ago: float, size: int = 1) -> Entry:
    """Return a file that was modified the given number of seconds before now."""
    return Entry("file:///a", size, int((NOW.timestamp() - changed_ago) * 1e9))


def test_a_file_changed_long_ago_has_settled_at_the_first_check() -> None:
    """A file from yesterday needs no wait."""
    files = SettledFiles(1)
    assert files.has_settled(entry(changed_ago=2), NOW)
    assert files.scan_again_in == math.inf


@pytest.mark.parametrize("changed_ago", [0.5, -3600], ids=["just now", "by a clock that is ahead"])
def test_a_file_has_settled_after_it_was_unchanged_for_the_settle_time(changed_ago: float) -> None:
    """Until then the file is to be checked again."""
    clock = Monotonic()
    files = SettledFiles(1, monotonic=clock.read)
    for seconds, expected in ((100.0, False), (100.9, False), (101.0, True)):
        clock.seconds = seconds
        files.begin_scan({"file:///a"})
        assert files.has_settled(entry(changed_ago=changed_ago), NOW) is expected
        assert files.scan_again_in == (math.inf if expected else 1)


def test_a_change_restarts_the_wait() -> None:
    """A file that grows must settle again for the full time."""
    clock = Monotonic()
    files = SettledFiles(1, monotonic=clock.read)
    assert not files.has_settled(entry(changed_ago=0), NOW)
    clock.seconds += 1
    assert not files.has_settled(entry(changed_ago=0, size=2), NOW)
    clock.seconds += 1
    assert files.has_settled(entry(changed_ago=0, size=2), NOW)


def test_a_deleted_file_is_forgotten() -> None:
    """A new file with the same name counts as another file."""
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
def test_text_without_its_end_mark_is_truncated(text: str, expected: bool) -> None:
    """A submission needs its own end mark, not only its document's; a text without an end mark is never incomplete."""
    assert is_truncated(text.encode()) is expected
