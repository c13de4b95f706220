"""The limit on dead letters: a bad deployment must not drain its topic into them, however often it is restarted.

The limit is about the last records of a whole process, in the order in which they were processed. So that a restart
goes on from there, the last dead letter of each batch has a header with the outcomes up to it, and with the offsets up
to which these reach. What was committed after the newest such header made no dead letter: the committed offsets say how
much that was.
"""

import json
import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from string import ascii_letters
from typing import Final
from uuid import uuid4

from contracts.codes import ErrorCode
from contracts.envelope import header_texts
from contracts.errors import TooManyDeadLetters
from contracts.topics import Topic
from services.runtime.dead_letters import HISTORY
from services.runtime.port import Output, Record

Outcome = str | None
"""What became of a record: the code of the error that made it a dead letter; None if it was processed."""

WINDOW: Final = 1_000
TAILS: Final = (32, 1_000)
"""How many of a partition's last dead letters to look through for a history; more only if the first have none."""
_GOOD: Final = "."
_RUN: Final = re.compile(r"([0-9]{0,6})([.A-Za-z])")
_CODES_NAMED: Final = 3
_PARTITIONS: Final = 100_000  # no topic has so many: a broker is not asked about what a stranger has written


@dataclass(frozen=True, slots=True)
class History:
    """The outcomes that a dead letter carries, oldest first, and the offset in each partition up to which they reach.

    `process` identifies the process that wrote it, and `time_ns` is when, in nanoseconds since the epoch.
    """

    outcomes: tuple[Outcome, ...]
    next_offsets: Mapping[int, int] = field(default_factory=dict)
    process: str = ""
    time_ns: int = 0

    def header(self) -> tuple[str, bytes]:
        """Return the header that carries it: run lengths of a letter per code, as in `512.a487.`."""
        codes = sorted({code for code in self.outcomes if code is not None})
        letters = dict(zip(codes, chain(ascii_letters, [ascii_letters[-1]] * len(codes)), strict=False))
        runs = (
            (len(list(run)), letter)
            for letter, run in groupby(_GOOD if code is None else letters[code] for code in self.outcomes)
        )
        carried = {
            "outcomes": "".join(f"{length if length > 1 else ''}{letter}" for length, letter in runs),
            "codes": codes[: len(ascii_letters)],
            "next": {str(partition): offset for partition, offset in self.next_offsets.items()},
            "process": self.process,
            "time_ns": self.time_ns,
        }
        return HISTORY, json.dumps(carried, separators=(",", ":")).encode()


def history_of(record: Record) -> History | None:
    """Return the history that a dead letter carries; None if it has none, or one that this code did not write."""
    text = header_texts(record.headers).get(HISTORY)
    if text is None:
        return None
    try:
        carried = json.loads(text)
        codes = dict(zip(ascii_letters, carried["codes"], strict=False))
        recent: deque[Outcome] = deque(maxlen=WINDOW)
        for length, letter in _RUN.findall(carried["outcomes"]):
            recent.extend([None if letter == _GOOD else str(codes[letter])] * min(int(length or 1), WINDOW))
        offsets = {
            int(partition): int(offset)
            for partition, offset in carried["next"].items()
            if 0 <= int(partition) < _PARTITIONS
        }
        return History(tuple(recent), offsets, str(carried["process"]), int(carried["time_ns"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class _Batch:
    """The outcomes of a batch, and the offset after it."""

    outcomes: tuple[Outcome, ...]
    after: int


def newest_history(newest_first: Iterable[Record]) -> History | None:
    """Return the history that the newest of these dead letters carries; None if none of them has one."""
    return next((history for record in newest_first if (history := history_of(record))), None)


class DeadLetterLimit:
    """Stops a service that fails most of what it reads.

    `share` is the largest share of dead letters among the last `window` records; 1.0 never stops. The records before
    the start of this process count too, but only as long as the records since then are no better: a mended service
    goes on, whatever the one before it has done. A batch counts while it is in hand, and no more if it is dropped.
    """

    def __init__(self, share: float, *, window: int = WINDOW) -> None:
        self._share = share
        self._window = window
        self._before = History(())
        self._since: deque[Outcome] = deque(maxlen=window)
        self._in_hand: dict[int, _Batch] = {}
        self._next_offsets: dict[int, int] = {}
        self._time_ns = 0
        self._process = uuid4().hex[:12]

    @property
    def never_stops(self) -> bool:
        """Whether there is no need to know what was before."""
        return self._share >= 1

    def is_news(self, history: History) -> bool:
        """Return whether another process wrote the history, after the one that this process knows."""
        return history.process != self._process and history.time_ns > self._before.time_ns

    def resume(self, history: History, committed: Mapping[int, int]) -> None:
        """Go on from a history: what was committed after it made no dead letter.

        Offsets count the markers of transactions too, so these are a few records more than there were.
        """
        if self.is_news(history):
            good = sum(max(0, committed.get(p, 0) - offset) for p, offset in history.next_offsets.items())
            outcomes = (*history.outcomes, *[None] * min(good, self._window))[-self._window :]
            self._before = replace(history, outcomes=outcomes)

    def opened(self, partition: int, offset: int) -> None:
        """Take note of where a partition goes on."""
        self._next_offsets[partition] = offset

    def take(self, partition: int, outcomes: Sequence[Outcome], after: int) -> None:
        """Take a batch in hand that is about to be committed; `after` is the offset after it.

        Raises:
            TooManyDeadLetters: more than the share of the last records went to the dead letters.
        """
        self._in_hand.pop(partition, None)
        self._in_hand[partition] = _Batch(tuple(outcomes), after)
        if all(outcome is None for outcome in outcomes):
            return
        since = self._outcomes_since_start()
        recent = [*self._before.outcomes, *since][-self._window :]
        if len(recent) == self._window and self._exceeded_by(recent) and self._exceeded_by(since):
            raise TooManyDeadLetters(ErrorCode.TOO_MANY_DEAD_LETTERS, _message(recent, self._share))

    def stamped(self, outputs: Sequence[Output], dead_letters: Topic) -> Sequence[Output]:
        """Return the outputs of the batch that was taken last, its last dead letter with the history up to here.

        Other batches in hand are in the history too: one that is committed later without a dead letter cannot say so.
        """
        last = next((at for at in reversed(range(len(outputs))) if outputs[at].topic == dead_letters), None)
        if last is None:
            return outputs
        self._time_ns = max(self._time_ns + 1, time.time_ns())  # the later history of a process is the longer one
        history = History(
            (*self._before.outcomes, *self._outcomes_since_start())[-self._window :],
            self._next_offsets | {partition: batch.after for partition, batch in self._in_hand.items()},
            self._process,
            self._time_ns,
        )
        letter = outputs[last]
        return [*outputs[:last], replace(letter, headers=(*letter.headers, history.header())), *outputs[last + 1 :]]

    def committed(self, partition: int) -> None:
        """Take note that the batch in hand is committed."""
        batch = self._in_hand.pop(partition)
        self._since.extend(batch.outcomes)
        self._next_offsets[partition] = batch.after

    def dropped(self, partition: int) -> None:
        """Forget the batch in hand, if there is one: it was not committed. The partition is opened anew, or lost."""
        self._in_hand.pop(partition, None)
        self._next_offsets.pop(partition, None)

    def _outcomes_since_start(self) -> list[Outcome]:
        in_hand = chain.from_iterable(batch.outcomes for batch in self._in_hand.values())
        return [*self._since, *in_hand][-self._window :]

    def _exceeded_by(self, outcomes: Sequence[Outcome]) -> bool:
        return _dead(outcomes) > self._share * len(outcomes)


def _dead(outcomes: Iterable[Outcome]) -> int:
    return sum(outcome is not None for outcome in outcomes)


def _message(recent: Sequence[Outcome], share: float) -> str:
    return (
        f"{_dead(recent)} of the last {len(recent)} records could not be processed ({', '.join(_codes(recent))}), more "
        f"than INSIDERTAPE_DEAD_LETTER_SHARE={share:g} allows; the batch in hand was not committed. See "
        "`insidertape dlq list`, deploy a version that can process them, and start it again: nothing has to be reset. "
        "To let these records go to the dead letters, start it with INSIDERTAPE_DEAD_LETTER_SHARE=1"
    )


def _codes(recent: Iterable[Outcome]) -> Iterator[str]:
    """Yield the most frequent codes, each with its count."""
    counts = Counter(outcome for outcome in recent if outcome is not None)
    yield from (f"{code} {count}" for code, count in counts.most_common(_CODES_NAMED))
    if len(counts) > _CODES_NAMED:
        yield f"{len(counts) - _CODES_NAMED} more codes"
