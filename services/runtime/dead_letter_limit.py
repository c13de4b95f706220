"""Limits dead letters, so that a bad deployment cannot turn its whole topic into them, even if it is restarted.

The limit applies to the last records of a whole process, in the order in which they were processed (a sliding window).
To continue after a restart, the last dead letter of each batch has a header with the outcomes up to it and the offsets
that they cover. Records committed after the newest such header made no dead letter; the committed offsets give their
number.
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
"""The outcome of a record: the code of the error that made it a dead letter; None if it was processed."""

WINDOW: Final = 1_000
TAILS: Final = (32, 1_000)
"""How many of a partition's last dead letters are searched for a history; the larger number if the first has none."""
_GOOD: Final = "."
_RUN: Final = re.compile(r"([0-9]{0,6})([.A-Za-z])")
_CODES_NAMED: Final = 3
_PARTITIONS: Final = 100_000  # no topic has so many: rejects a header that another program wrote


@dataclass(frozen=True, slots=True)
class History:
    """The outcomes in a dead letter's header, oldest first, and the offset in each partition up to which they reach.

    `process` identifies the process that wrote it, and `time_ns` is when, in nanoseconds since the epoch.
    """

    outcomes: tuple[Outcome, ...]
    next_offsets: Mapping[int, int] = field(default_factory=dict)
    process: str = ""
    time_ns: int = 0

    def header(self) -> tuple[str, bytes]:
        """Return its header: outcomes in run-length encoding with a letter per code, as in `512.a487.`."""
        codes = sorted({code for code in self.outcomes if code is not None})
        letters = dict(zip(codes, chain(ascii_letters, [ascii_letters[-1]] * len(codes)), strict=False))
        runs = (
            (len(list(run)), letter)
            for letter, run in groupby(_GOOD if code is None else letters[code] for code in self.outcomes)
        )
        content = {
            "outcomes": "".join(f"{length if length > 1 else ''}{letter}" for length, letter in runs),
            "codes": codes[: len(ascii_letters)],
            "next": {str(partition): offset for partition, offset in self.next_offsets.items()},
            "process": self.process,
            "time_ns": self.time_ns,
        }
        return HISTORY, json.dumps(content, separators=(",", ":")).encode()


def history_of(record: Record) -> History | None:
    """Return the history in a dead letter's header; None if it has none, or one that this code did not write."""
    text = header_texts(record.headers).get(HISTORY)
    if text is None:
        return None
    try:
        content = json.loads(text)
        codes = dict(zip(ascii_letters, content["codes"], strict=False))
        recent: deque[Outcome] = deque(maxlen=WINDOW)
        for length, letter in _RUN.findall(content["outcomes"]):
            recent.extend([None if letter == _GOOD else str(codes[letter])] * min(int(length or 1), WINDOW))
        offsets = {
            int(partition): int(offset)
            for partition, offset in content["next"].items()
            if 0 <= int(partition) < _PARTITIONS
        }
        return History(tuple(recent), offsets, str(content["process"]), int(content["time_ns"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class _Batch:
    """The outcomes of a batch, and the offset after it."""

    outcomes: tuple[Outcome, ...]
    after: int


def newest_history(newest_first: Iterable[Record]) -> History | None:
    """Return the history in the newest of these dead letters that has one; None if none of them has."""
    return next((history for record in newest_first if (history := history_of(record))), None)


class DeadLetterLimit:
    """Stops a service that fails on too many of its records.

    `share` is the largest allowed share of dead letters among the last `window` records; 1.0 never stops the service.
    Records from before the start of this process count only while the share since the start is too large as well: a
    fixed service continues, whatever its predecessor did. A pending batch counts, but not once it is dropped.
    """

    def __init__(self, share: float, *, window: int = WINDOW) -> None:
        self._share = share
        self._window = window
        self._before = History(())
        self._since: deque[Outcome] = deque(maxlen=window)
        self._pending: dict[int, _Batch] = {}
        self._next_offsets: dict[int, int] = {}
        self._time_ns = 0
        self._process = uuid4().hex[:12]

    @property
    def never_stops(self) -> bool:
        """Whether the limit is off, so that no history is needed."""
        return self._share >= 1

    def is_newer(self, history: History) -> bool:
        """Return whether another process wrote the history, and later than the one known so far."""
        return history.process != self._process and history.time_ns > self._before.time_ns

    def resume(self, history: History, committed: Mapping[int, int]) -> None:
        """Continue from a history; the records committed after it made no dead letter.

        Transaction markers take offsets too, so this counts slightly more records than there were.
        """
        if self.is_newer(history):
            good = sum(max(0, committed.get(p, 0) - offset) for p, offset in history.next_offsets.items())
            outcomes = (*history.outcomes, *[None] * min(good, self._window))[-self._window :]
            self._before = replace(history, outcomes=outcomes)

    def opened(self, partition: int, offset: int) -> None:
        """Note the offset from which a partition continues."""
        self._next_offsets[partition] = offset

    def take(self, partition: int, outcomes: Sequence[Outcome], after: int) -> None:
        """Add a batch that is about to be committed; `after` is the offset after it.

        Raises:
            TooManyDeadLetters: the share of dead letters among the last records is too large.
        """
        self._pending.pop(partition, None)
        self._pending[partition] = _Batch(tuple(outcomes), after)
        if all(outcome is None for outcome in outcomes):
            return
        since = self._outcomes_since_start()
        recent = [*self._before.outcomes, *since][-self._window :]
        if len(recent) == self._window and self._exceeded_by(recent) and self._exceeded_by(since):
            raise TooManyDeadLetters(ErrorCode.TOO_MANY_DEAD_LETTERS, _message(recent, self._share))

    def stamped(self, outputs: Sequence[Output], dead_letters: Topic) -> Sequence[Output]:
        """Return the outputs of the batch that was added last, with the history in its last dead letter.

        The history includes other pending batches: one that is committed later without a dead letter has no header.
        """
        last = next((at for at in reversed(range(len(outputs))) if outputs[at].topic == dead_letters), None)
        if last is None:
            return outputs
        # Strictly increasing, so that the later history of a process is the newer one.
        self._time_ns = max(self._time_ns + 1, time.time_ns())
        history = History(
            (*self._before.outcomes, *self._outcomes_since_start())[-self._window :],
            self._next_offsets | {partition: batch.after for partition, batch in self._pending.items()},
            self._process,
            self._time_ns,
        )
        stamped = outputs[last]
        return [*outputs[:last], replace(stamped, headers=(*stamped.headers, history.header())), *outputs[last + 1 :]]

    def committed(self, partition: int) -> None:
        """Note that the pending batch is committed."""
        batch = self._pending.pop(partition)
        self._since.extend(batch.outcomes)
        self._next_offsets[partition] = batch.after

    def dropped(self, partition: int) -> None:
        """Forget the pending batch, which was not committed: the partition is reopened, or was lost."""
        self._pending.pop(partition, None)
        self._next_offsets.pop(partition, None)

    def _outcomes_since_start(self) -> list[Outcome]:
        pending = chain.from_iterable(batch.outcomes for batch in self._pending.values())
        return [*self._since, *pending][-self._window :]

    def _exceeded_by(self, outcomes: Sequence[Outcome]) -> bool:
        return _dead(outcomes) > self._share * len(outcomes)


def _dead(outcomes: Iterable[Outcome]) -> int:
    return sum(outcome is not None for outcome in outcomes)


def _message(recent: Sequence[Outcome], share: float) -> str:
    return (
        f"{_dead(recent)} of the last {len(recent)} records could not be processed ({', '.join(_codes(recent))}), more "
        f"than INSIDERTAPE_DEAD_LETTER_SHARE={share:g} allows; the current batch was not committed. See "
        "`insidertape dlq list`, deploy a version that can process them, and start it again: nothing has to be reset. "
        "To let these records go to the dead letters, start it with INSIDERTAPE_DEAD_LETTER_SHARE=1"
    )


def _codes(recent: Iterable[Outcome]) -> Iterator[str]:
    """Yield the most frequent codes with their counts."""
    counts = Counter(outcome for outcome in recent if outcome is not None)
    yield from (f"{code} {count}" for code, count in counts.most_common(_CODES_NAMED))
    if len(counts) > _CODES_NAMED:
        yield f"{len(counts) - _CODES_NAMED} more codes"
