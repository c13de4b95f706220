"""The limit that stops a service with too many dead letters, and its memory across restarts."""

import json
from dataclasses import replace

import pytest

from contracts.errors import InvalidEvent, TooManyDeadLetters
from services.runtime.dead_letter_limit import DeadLetterLimit, History, Outcome, history_of, newest_history
from services.runtime.dead_letters import HISTORY, dead_letter
from services.runtime.port import Output, Record
from tests.unit.runtime.builders import DEAD_LETTERS, STATE, number, record

PARTITION = 3


def outcomes(text: str) -> tuple[Outcome, ...]:
    """Return one outcome per character: a dot is a success, x a dead letter, other letters are other codes."""
    return tuple(None if one == "." else f"code_{one}" for one in text)


class Process:
    """A process of a service that commits batches under a limit of half of the last ten records."""

    def __init__(self, share: float = 0.5) -> None:
        self.limit = DeadLetterLimit(share, window=10)
        self.limit.opened(PARTITION, 0)
        self.offset = 0
        self.newest: Record | None = None

    def commit(self, *batches: str, partition: int = PARTITION) -> None:
        """Process and commit batches; each has a dead letter if any of its records died."""
        for batch in batches:
            self.limit.take(partition, outcomes(batch), self.offset + len(batch))
            self.offset += len(batch)
            letters = [dead_letter(DEAD_LETTERS, record(), InvalidEvent("x", "x"), stage="s")] * (
                len(batch.strip(".")) > 0
            )
            stamped = self.limit.stamped([*letters, number(1)], DEAD_LETTERS)
            self.limit.committed(partition)
            if letters:
                self.newest = read(stamped[0])

    def restarted(self, *, good_since: int = 0) -> "Process":
        """Return a new process that continues from the history in this one's dead letters."""
        after = Process()
        after.offset = self.offset + good_since
        after.limit.opened(PARTITION, after.offset)
        if self.newest and (history := newest_history([self.newest])):
            after.limit.resume(history, {PARTITION: after.offset})
            after.newest = self.newest
        return after


def read(letter: Output) -> Record:
    """Return the dead letter as a reader sees it."""
    return Record(DEAD_LETTERS.name, PARTITION, 0, letter.key, letter.value, letter.headers)


def test_exactly_the_share_of_dead_letters_is_allowed() -> None:
    """The share is the largest allowed one."""
    Process().commit(*"x.x.x.x.x." * 3)


def test_one_dead_letter_more_than_the_share_stops_the_service() -> None:
    """The message has counts and codes, names the setting, and says what to do."""
    process = Process()
    process.commit(*"x.x.y.x.x.")
    with pytest.raises(TooManyDeadLetters) as stopped:
        process.commit("x.xx")
    assert stopped.value.code == "too_many_dead_letters"
    assert stopped.value.message == (
        "6 of the last 10 records could not be processed (code_x 5, code_y 1), more than "
        "INSIDERTAPE_DEAD_LETTER_SHARE=0.5 allows; the current batch was not committed. See `insidertape dlq list`, "
        "deploy a version that can process them, and start it again: nothing has to be reset. "
        "To let these records go to the dead letters, start it with INSIDERTAPE_DEAD_LETTER_SHARE=1"
    )


def test_many_codes_are_counted_and_the_most_frequent_named() -> None:
    """One line has no room for all of them."""
    with pytest.raises(TooManyDeadLetters, match=r"\(code_c 3, code_a 2, code_b 2, 3 more codes\)"):
        Process().commit("aabbcccdef")


def test_the_limit_does_not_apply_before_the_window_is_full() -> None:
    """A few bad records at the start prove nothing yet."""
    process = Process()
    process.commit("xxxxxxxxx")
    with pytest.raises(TooManyDeadLetters):
        process.commit("x")


def test_old_records_leave_the_window() -> None:
    """Old failures do not count: five and five, never six in ten."""
    Process().commit(*"xxxxx....." * 4)


def test_a_share_of_one_never_stops_the_service() -> None:
    """An operator may prefer to turn everything into dead letters."""
    process = Process(share=1.0)
    process.commit(*"x" * 100)
    assert process.limit.never_stops


def test_pending_batches_count_together() -> None:
    """Partitions work concurrently: each alone would be below the limit."""
    process = Process()
    process.limit.take(0, outcomes("xxxxx"), 5)
    with pytest.raises(TooManyDeadLetters):
        process.limit.take(1, outcomes("xxxxx"), 5)


def test_a_history_includes_other_pending_batches() -> None:
    """Partitions commit concurrently: whichever commits last, none of their dead letters is forgotten."""
    limit, letter = (
        DeadLetterLimit(0.5, window=10),
        dead_letter(DEAD_LETTERS, record(), InvalidEvent("x", "x"), stage="s"),
    )
    stamps = []
    for partition in range(3):
        limit.opened(partition, 0)
        limit.take(partition, outcomes("xxx"), 3)
        stamps.append(read(limit.stamped([letter], DEAD_LETTERS)[0]))
    histories = [history for stamp in stamps if (history := history_of(stamp))]
    assert [len(history.outcomes) for history in histories] == [3, 6, 9]
    newest = max(histories, key=lambda history: history.time_ns)
    assert (newest, newest.next_offsets) == (histories[-1], {0: 3, 1: 3, 2: 3})


def test_a_batch_that_was_not_committed_does_not_count() -> None:
    """While the broker is unavailable, one poison record is processed again and again."""
    process = Process()
    for _ in range(100):
        process.limit.take(PARTITION, outcomes("x"), 1)
        process.limit.dropped(PARTITION)
    process.commit("x")


def test_a_service_that_fails_everything_commits_no_dead_letter_after_a_restart() -> None:
    """However often a supervisor starts it, and however small its batches are."""
    process = Process()
    process.commit("....", "xx", "xxx")
    for _ in range(10):
        process = process.restarted()
        with pytest.raises(TooManyDeadLetters):
            process.commit("x")


def test_a_service_restarted_before_the_window_was_full_keeps_its_history() -> None:
    """One that crashes after each nine records would never reach the limit."""
    process = Process()
    for _ in range(3):
        process.commit("xxx")
        process = process.restarted()
    with pytest.raises(TooManyDeadLetters):
        process.commit("xxx")


def test_a_fixed_service_continues_after_a_stop() -> None:
    """Its first batch has a record that is invalid for any version: since the start, its share is lower."""
    process = Process()
    process.commit("xxxxxxxxx")
    fixed = process.restarted()
    fixed.commit("..x", "......", "x", "........")


def test_a_fixed_service_that_fails_again_is_stopped() -> None:
    """The records before its start still count."""
    process = Process()
    process.commit("....", "xxxxx")
    fixed = process.restarted()
    fixed.commit("..")
    with pytest.raises(TooManyDeadLetters, match="8 of the last 10 records"):
        fixed.commit("xxx")


def test_good_records_after_the_last_dead_letter_are_remembered() -> None:
    """They left no dead letter with a history; the committed offsets count them."""
    process = Process()
    process.commit("xxxxxxxxx")
    with pytest.raises(TooManyDeadLetters, match="7 of the last 10 records"):
        process.restarted(good_since=3).commit("xx")
    process.restarted(good_since=7).commit("xx")
    process.restarted(good_since=10_000).commit("xxxxx")


def test_history_survives_restarts_without_dead_letters() -> None:
    """Every dead letter's history includes the records before its own process."""
    process = Process()
    process.commit("xxx")
    for _ in range(2):
        process = process.restarted()
        process.commit("xxx")
    with pytest.raises(TooManyDeadLetters, match="10 of the last 10"):
        process.restarted().commit("x")


def test_a_process_ignores_its_own_history() -> None:
    """A partition that is reopened would count everything twice."""
    process = Process()
    process.commit("xxxxx")
    assert process.newest
    own = newest_history([process.newest])
    assert own
    assert not process.limit.is_newer(own)
    process.limit.resume(own, {})
    process.commit("xxxx")


def test_the_newest_history_of_several_partitions_is_used() -> None:
    """Partitions come from several members, in any order, and some long after the first batch."""
    older, newer = History(outcomes("." * 10), {}, "a", 1_000), History(outcomes("x" * 10), {}, "b", 2_000)
    for histories in ((older, newer), (newer, older)):
        process = Process()
        for history in histories:
            process.limit.resume(history, {})
        with pytest.raises(TooManyDeadLetters):
            process.commit("x")


def test_good_records_of_all_partitions_are_counted() -> None:
    """A history covers the whole process, not only the partition in which it is found."""
    history = History(outcomes("x" * 10), {0: 100, 1: 50, 2: 7}, "a", 1)
    process = Process()
    process.limit.resume(history, {0: 102, 1: 53, 2: 0})
    process.commit("xxxxx")
    with pytest.raises(TooManyDeadLetters, match="6 of the last 10"):
        process.commit("x")


def test_only_the_last_dead_letter_of_a_batch_has_the_history() -> None:
    """Once is enough, and other outputs are not changed."""
    limit = DeadLetterLimit(0.5)
    letter = dead_letter(DEAD_LETTERS, record(), InvalidEvent("x", "x"), stage="s")
    limit.take(PARTITION, outcomes("x.x"), 5)
    stamped = limit.stamped([letter, number(1, topic=STATE), letter, number(2, topic=STATE)], DEAD_LETTERS)
    assert [HISTORY in dict(output.headers) for output in stamped] == [False, False, True, False]
    only_good = [number(1, topic=STATE)]
    assert limit.stamped(only_good, DEAD_LETTERS) is only_good


@pytest.mark.parametrize("recent", ["", "x", "....", "x.x.y", "." * 600 + "x" * 399 + "y", "xy" * 500])
def test_a_history_is_read_as_it_was_written(recent: str) -> None:
    """In the order of the records, which determines what leaves the window first."""
    history = History(outcomes(recent), {0: 5, 11: 2**40}, "p", 123)
    name, value = history.header()
    assert history_of(Record(DEAD_LETTERS.name, 0, 0, None, None, ((name, value),))) == history
    assert len(value) < 1_200


def test_a_history_may_have_more_codes_than_letters() -> None:
    """Their names are only used in the message."""
    history = History(tuple(f"code_{n:03}" for n in range(99)))
    found = history_of(Record(DEAD_LETTERS.name, 0, 0, None, None, (history.header(),)))
    assert found
    assert len(found.outcomes) == 99
    assert None not in found.outcomes


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        b'{"outcomes":".","codes":[],"next":{},"process":"","time_ns":"soon"}',
        b'{"outcomes":".","codes":[],"next":{},"process":""}',
        b"[1]",
        b"{}",
        b"[" * 9_999,
        b'{"outcomes":"3a","codes":[],"next":{},"process":"","time_ns":1}',
        b'{"outcomes":"3a","codes":5,"next":{},"process":"","time_ns":1}',
        b'{"outcomes":5,"codes":[],"next":{},"process":"","time_ns":1}',
        b'{"outcomes":".","codes":[],"next":{"x":1},"process":"","time_ns":1}',
        b'{"outcomes":".","codes":[],"next":[],"process":"","time_ns":1}',
    ],
)
def test_a_foreign_history_is_ignored(value: bytes | None) -> None:
    """The topic is open to other programs: their records must not stop a service from starting."""
    strange = Record(DEAD_LETTERS.name, 0, 1, None, None, ((HISTORY, value),), 1)
    assert history_of(strange) is None
    sound = replace(strange, headers=(History(outcomes("x")).header(),))
    assert newest_history([strange, sound]) == History(outcomes("x"))


def test_huge_numbers_in_a_foreign_history_are_bounded() -> None:
    """Memory and the broker's protocol limit them."""
    carried = {
        "outcomes": "999999a" * 50,
        "codes": ["x"],
        "next": {"-1": 1, "9999999999": 1, "2": 3},
        "process": "",
        "time_ns": 1,
    }
    found = history_of(Record(DEAD_LETTERS.name, 0, 0, None, None, ((HISTORY, json.dumps(carried).encode()),)))
    assert found
    assert (len(found.outcomes), found.next_offsets) == (1_000, {2: 3})
