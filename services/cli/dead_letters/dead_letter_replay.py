"""`insidertape dlq replay`: returns dead letters to the topics they came from and marks them as replayed.

Records and markers are written in one transaction. To avoid flooding a service, they are replayed in batches: each
waits until the service has processed the previous one, and replay stops if records fail again.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.codes import ErrorCode
from contracts.envelope import header_texts
from contracts.errors import Misconfigured
from services.cli.dead_letters.dead_letter import DeadLetter, find_dead_letters, read_dead_letters
from services.cli.dead_letters.given_facts import GivenFacts
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.dead_letter_limit import WINDOW
from services.runtime.dead_letters import REPLAY_OF_HEADER
from services.runtime.engine import Engine, Offsets
from services.runtime.port import Record, Service
from services.section16.safe_text import printable
from services.section16.wording import plural

PORTION: Final = WINDOW // 4
"""Half of what the dead letter limit allows by default, so that a batch that fails entirely does not trip it."""
PORTION_BYTES: Final = 16 * 1024 * 1024
STALL_SECONDS: Final = 60.0
"""How long a service may make no progress on a batch."""
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Replay:
    """The result of replaying all dead letters: how many were replayed, how many are left, and why it ended."""

    put_back: int
    left: int = 0
    service: str = ""
    died: Counter[str] | None = None
    """Records that failed again, by code; None if none did."""
    idle: bool = False
    """No member of the service is running."""
    stalled: bool = False
    """The service is running but did not process the replayed records."""

    @property
    def ended_early(self) -> bool:
        """Whether some were not replayed, or not processed successfully."""
        return bool(self.left or self.died or self.idle or self.stalled)


async def replay_some(
    engine: Engine, ids: Sequence[str], *, again: bool = False, facts: GivenFacts | None = None
) -> int:
    """Replay these dead letters, each once, in one transaction; return how many.

    Raises:
        Misconfigured: an id is unknown, a dead letter cannot be replayed, or was replayed before and not `again`.
    """
    letters = await find_dead_letters(engine, ids)
    for letter in letters:
        if letter.replayed_at and not again and not letter.obstacle:
            raise Misconfigured(
                ErrorCode.ALREADY_REPLAYED,
                f"{letter.id} was replayed at {letter.replayed_at:%Y-%m-%dT%H:%M:%SZ}; --again replays it again",
            )
    originals = [letter.original for letter in letters]
    if facts:
        originals = [facts.added_to(each, letter.id) for each, letter in zip(originals, letters, strict=True)]
    await engine.publish([*originals, *(letter.marker for letter in letters)])
    return len(letters)


async def replay_all(engine: Engine, stop: asyncio.Event, *, again: bool = False) -> Replay:
    """Replay all dead letters that can be, batch by batch; with `again`, including those replayed before."""
    letters = await read_dead_letters(engine)
    for letter in letters:
        if letter.obstacle and not letter.is_from_file and (again or not letter.replayed_at):
            sys.stderr.write(f"Not replayed: {printable(letter.obstacle)}\n")
    chosen = [letter for letter in letters if not letter.obstacle and (again or not letter.replayed_at)]
    put_back = 0
    for service in (parser_service(), holdings_service()):
        own = [letter for letter in chosen if letter.reasons["topic"] == service.input_topic.name]
        for portion in _portions(own):
            if stop.is_set():
                return Replay(put_back, len(chosen) - put_back, service.name)
            before = await engine.ends((service.input_topic, service.dead_letters))
            await engine.publish([*(each.original for each in portion), *(each.marker for each in portion)])
            put_back += len(portion)
            left = len(chosen) - put_back
            if not await _processed(engine, service, portion, before, stop):
                idle = not (await engine.group_progress(service)).members
                return Replay(put_back, left, service.name, idle=idle, stalled=not (idle or stop.is_set()))
            if died := await _died(engine, service, portion, before):
                return Replay(put_back, left, service.name, died=died)
    return Replay(put_back)


def _portions(letters: Sequence[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Yield the dead letters in batches, limited in number and in bytes per transaction."""
    portion: list[DeadLetter] = []
    size = 0
    for letter in letters:
        portion.append(letter)
        size += len(letter.record.value or b"")
        if len(portion) == PORTION or size >= PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


async def _processed(
    engine: Engine, service: Service, portion: Sequence[DeadLetter], before: Offsets, stop: asyncio.Event
) -> bool:
    """Wait until the service has processed the batch; False if it makes no progress or `stop` is set."""
    awaited: dict[int, int] | None = None
    moved_at, seen = time.monotonic(), -1
    while not stop.is_set() and time.monotonic() - moved_at < STALL_SECONDS:
        if awaited is None:
            records = [record async for record in engine.read((service.input_topic,), follow=False, after=before)]
            found = _replays_of(portion, records)
            # a committed transaction may become visible to readers only after a moment
            if len(found) >= len(portion):
                awaited = {}
                for record in found:
                    awaited[record.partition] = max(record.offset, awaited.get(record.partition, 0))
        else:
            progress = await engine.group_progress(service)
            if all(progress.next_offsets.get(partition, 0) > offset for partition, offset in awaited.items()):
                return True
            if not progress.members:
                return False
            if (now := sum(progress.next_offsets.get(partition, 0) for partition in awaited)) != seen:
                moved_at, seen = time.monotonic(), now
        await asyncio.sleep(_POLL_SECONDS)
    return False


async def _died(engine: Engine, service: Service, portion: Sequence[DeadLetter], before: Offsets) -> Counter[str]:
    """Count the records of the batch that became dead letters again, by code."""
    found = [record async for record in engine.read((service.dead_letters,), follow=False, after=before)]
    return Counter(DeadLetter(record).code for record in _replays_of(portion, found))


def _replays_of(portion: Sequence[DeadLetter], records: Sequence[Record]) -> list[Record]:
    """Return the records that are replays of these dead letters."""
    ids = {letter.id for letter in portion}
    return [record for record in records if header_texts(record.headers).get(REPLAY_OF_HEADER) in ids]


def early_ending(replay: Replay) -> str:
    """Return a sentence on why a replay ended early, without advice."""
    left = f"; {plural(replay.left, 'dead letter')} left" if replay.left else ""
    if replay.died:
        codes = ", ".join(f"{code} {count}" for code, count in replay.died.most_common())
        return f"{plural(replay.died.total(), 'record')} failed again ({codes}){left}."
    if replay.idle:
        return f"{replay.service} is not running{left}."
    if not replay.stalled:
        return f"Stopped{left}."
    return f"{replay.service} has made no progress for {STALL_SECONDS:.0f} s{left}."
