"""`insidertape dlq replay`: dead letters go back to the topics they came from, and are marked as replayed.

Records and markers are written in one transaction. All at once would be a flood: they go in portions, the next when the
service has processed the last, and no more of them once some come back dead.
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
from services.cli.render.safe_text import printable
from services.cli.render.wording import plural
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.dead_letter_limit import WINDOW
from services.runtime.dead_letters import REPLAY_OF_HEADER
from services.runtime.engine import Engine, Offsets
from services.runtime.port import Record, Service

PORTION: Final = WINDOW // 4
"""Half of what the limit on dead letters allows by default, so that it would hold if all of them died again."""
PORTION_BYTES: Final = 16 * 1024 * 1024
STALL_SECONDS: Final = 60.0
"""How long a service that is processing a portion may stand still."""
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay of all dead letters: how many were put back, how many were left, and why it ended."""

    put_back: int
    left: int = 0
    service: str = ""
    died: Counter[str] | None = None
    """If some died again: how many of each code."""
    idle: bool = False
    """No member of the service runs."""
    stalled: bool = False
    """The service runs, but did not process what was put back."""

    @property
    def ended_early(self) -> bool:
        """Whether not all was put back, or what was put back has not been processed well."""
        return bool(self.left or self.died or self.idle or self.stalled)


async def replay_some(
    engine: Engine, ids: Sequence[str], *, again: bool = False, facts: GivenFacts | None = None
) -> int:
    """Put these dead letters back, each once, in one transaction; return how many.

    Raises:
        Misconfigured: an id is unknown, a dead letter cannot be put back, or it was replayed before and not `again`.
    """
    letters = await find_dead_letters(engine, ids)
    for letter in letters:
        if letter.replayed_at and not again and not letter.obstacle:
            raise Misconfigured(
                ErrorCode.ALREADY_REPLAYED,
                f"{letter.id} was replayed at {letter.replayed_at:%Y-%m-%dT%H:%M:%SZ}; --again replays it once more",
            )
    originals = [letter.original for letter in letters]
    if facts:
        originals = [facts.added_to(each, letter.id) for each, letter in zip(originals, letters, strict=True)]
    await engine.publish([*originals, *(letter.marker for letter in letters)])
    return len(letters)


async def replay_all(engine: Engine, stop: asyncio.Event, *, again: bool = False) -> Replay:
    """Put all dead letters back that can be, portion by portion; without `again`, those that were not replayed yet."""
    letters = await read_dead_letters(engine)
    for letter in letters:
        if letter.obstacle and not letter.is_from_file and (again or not letter.replayed_at):
            sys.stderr.write(f"Not put back: {printable(letter.obstacle)}\n")
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
    """Yield the dead letters in portions of at most so many, and not many more bytes than a transaction should have."""
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
    """Wait until the service has processed the portion; False if it does not come forward, or `stop` is set."""
    awaited: dict[int, int] | None = None
    moved_at, seen = time.monotonic(), -1
    while not stop.is_set() and time.monotonic() - moved_at < STALL_SECONDS:
        if awaited is None:
            records = [record async for record in engine.read((service.input_topic,), follow=False, after=before)]
            found = _replays_of(portion, records)
            # a committed transaction may take a moment until a reader sees all of it
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
    """Return how many of the portion became dead letters again, by code."""
    found = [record async for record in engine.read((service.dead_letters,), follow=False, after=before)]
    return Counter(DeadLetter(record).code for record in _replays_of(portion, found))


def _replays_of(portion: Sequence[DeadLetter], records: Sequence[Record]) -> list[Record]:
    """Return those of the records that are the replays of these dead letters."""
    ids = {letter.id for letter in portion}
    return [record for record in records if header_texts(record.headers).get(REPLAY_OF_HEADER) in ids]


def early_ending(replay: Replay) -> str:
    """Return what to say of a replay that ended before all dead letters had been processed, without what to do."""
    left = f"; {plural(replay.left, 'dead letter')} left" if replay.left else ""
    if replay.died:
        codes = ", ".join(f"{code} {count}" for code, count in replay.died.most_common())
        return f"{plural(replay.died.total(), 'record')} died again ({codes}){left}."
    if replay.idle:
        return f"No {replay.service} is running{left}."
    if not replay.stalled:
        return f"Stopped{left}."
    return f"{replay.service} has not processed them for {STALL_SECONDS:.0f} s{left}."
