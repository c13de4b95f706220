"""`insidertape state`: finds records of the positions topic that holdings cannot use, and repairs them.

Positions are a pure fold of transactions.v1, so they can always be recomputed. A repair is one transaction per
partition, written as its only writer. Foreign records go to the dead letters unchanged and their keys are deleted;
books that are missing or differ from the fold are written again. Alerts are left unchanged.
"""

import hashlib
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from contracts.codes import ErrorCode
from contracts.envelope import header_texts
from contracts.errors import InvalidEvent, Misconfigured, PermanentError
from contracts.topics import HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS, routing_parts
from services.holdings.processor import REBUILT_HEADER, HoldingsProcessor, StateFault, holdings_service, state_fault
from services.runtime.dead_letters import PREFIX, dead_letter
from services.runtime.engine import Engine, OwnedPartition
from services.runtime.placement import Placement
from services.runtime.port import Output, Record

_STAGE = "holdings/state"


class StateCheck:
    """Checks the state of one partition record by record: its faults, and a digest of each current book."""

    def __init__(self, partition: int, partitions: int) -> None:
        self.digests: dict[bytes, bytes] = {}
        self.placement = Placement(routing_parts, partition, partitions)
        self._processor = HoldingsProcessor()
        self._found: dict[bytes, StateFault] = {}

    def take(self, record: Record) -> None:
        """Check the next record."""
        key = record.key or b""
        self._found.pop(key, None)
        deleted = record.value is None and not record.unreadable
        if not deleted and (error := self.placement.misplaced(POSITIONS, record)):
            self.digests[key] = _digest(record.value)
            self._found[key] = StateFault(record, error)
            return
        self._processor.restore(record)
        if deleted:
            self.digests.pop(key, None)
            return
        self.digests[key] = _digest(record.value)
        if key not in self._processor.faults and (fault := state_fault(record)):
            self._found[key] = fault

    @property
    def source_offset(self) -> int:
        """The last offset of the transactions topic that the state accounts for."""
        return self._processor.source_offset

    @property
    def faults(self) -> dict[bytes, StateFault]:
        """The faults by key, in the order of their records."""
        found = self._processor.faults | self._found
        return dict(sorted(found.items(), key=lambda item: item[1].record.offset))


@dataclass(frozen=True, slots=True)
class Repair:
    """Counts of records written by the repair of a partition."""

    quarantined: int
    deleted: int
    rebuilt: int


async def check_state(engine: Engine) -> dict[int, StateCheck]:
    """Return the state of each partition, checked in full."""
    partitions = [partition for _, partition in await engine.ends((POSITIONS,))]
    checks = {partition: StateCheck(partition, len(partitions)) for partition in partitions}
    async for record in engine.read((POSITIONS,), follow=False):
        checks[record.partition].take(record)
    return checks


async def repair_partition(engine: Engine, partition: int) -> Repair:
    """Repair the state of a partition from its transactions, in one transaction.

    Raises:
        Misconfigured: holdings is running, or the state cannot be computed from the transactions.
    """
    dead = await _dead_offsets(engine, partition)
    async with engine.own(holdings_service(), partition) as owned:
        check = StateCheck(partition, len(await engine.ends((POSITIONS,))))
        async with aclosing(owned.read(POSITIONS)) as records:
            async for record in records:
                check.take(record)
        _require_order(check, owned, partition)
        books = await _rebuild_books(owned, check.placement, dead)
        letters = [_dead_letter(fault) for fault in check.faults.values()]
        deleted = [
            Output(POSITIONS, _key_of(key, check.faults), None, partition=partition)
            for key in check.digests
            if key not in books
        ]
        rebuilt = list(_differing(books, check, partition))
        if outputs := [*letters, *deleted, *rebuilt]:
            await owned.write(outputs)
    return Repair(len(letters), len(deleted), len(rebuilt))


def _require_order(check: StateCheck, owned: OwnedPartition, partition: int) -> None:
    """Check the preconditions of a repair.

    Raises:
        Misconfigured: one does not hold; the message explains what to do first.
    """
    for fault in check.faults.values():
        if fault.record.unreadable and fault.record.key is None:
            raise Misconfigured(
                ErrorCode.UNREADABLE_STATE,
                f"{fault.error.message}. A record without a key cannot be replaced: give the broker an intact "
                f"replica of {fault.record.log_topic}, or delete the topic, run `insidertape topics apply`, and then "
                "`insidertape state repair --all`",
            )
    if check.source_offset >= owned.committed:
        raise Misconfigured(
            ErrorCode.STATE_AHEAD,
            f"the state of partition {partition} accounts for offset {check.source_offset} of "
            f"{owned.name_of(TRANSACTIONS)}, but the group of holdings is at {owned.committed}: records in between "
            f"would be processed twice. Set the group's offset to {check.source_offset + 1} first",
        )


async def _rebuild_books(owned: OwnedPartition, placement: Placement, dead: set[int]) -> dict[bytes, Output]:
    """Compute the books from the partition's processed transactions, in the order of their last writes.

    Raises:
        Misconfigured: transactions were deleted or belong to other partitions, so the books cannot be computed.
    """
    partition = placement.partition
    if begins := await owned.begins(TRANSACTIONS) if owned.committed else 0:
        raise Misconfigured(
            ErrorCode.TRANSACTIONS_DELETED,
            f"partition {partition} of {owned.name_of(TRANSACTIONS)} begins at {begins}: its positions cannot be "
            "computed without what came before",
        )
    processor = HoldingsProcessor()
    books: dict[bytes, Output] = {}
    async with aclosing(owned.read(TRANSACTIONS)) as records:
        async for record in records:
            if record.offset >= owned.committed:
                break
            if record.unreadable or record.offset in dead:
                continue
            if (home := placement.home(TRANSACTIONS, record)) is not None:
                raise Misconfigured(
                    ErrorCode.PARTITIONS_CHANGED,
                    f"{record.location} was processed, and its key belongs to partition {home} of "
                    f"{placement.partitions}: partitions were added. `insidertape topics repartition` puts all records "
                    "where they belong",
                )
            for output in _outputs(processor, record):
                key = output.key or b""
                books.pop(key, None)  # last written, last in order
                books[key] = output
    return books


def _outputs(processor: HoldingsProcessor, record: Record) -> Iterator[Output]:
    """Yield the positions computed from a record; none if it can no longer be processed."""
    try:
        outputs = processor.process(record).outputs
    except PermanentError:
        return
    yield from (output for output in outputs if output.topic is POSITIONS)


def _differing(books: dict[bytes, Output], check: StateCheck, partition: int) -> Iterator[Output]:
    """Yield the books that are missing or wrong, marked as rebuilt."""
    for key, book in books.items():
        if key in check.faults or check.digests.get(key) != _digest(book.value):
            yield replace(book, headers=(*book.headers, (REBUILT_HEADER, b"1")), partition=partition)


def _dead_letter(fault: StateFault) -> Output:
    error = InvalidEvent(fault.error.code, fault.error.message)
    return dead_letter(HOLDINGS_DEAD_LETTERS, fault.record, error, stage=_STAGE)


def _key_of(key: bytes, faults: dict[bytes, StateFault]) -> bytes | None:
    """Return the key as it is in the record, which may be null."""
    return faults[key].record.key if key in faults else key


async def _dead_offsets(engine: Engine, partition: int) -> set[int]:
    """Return the offsets of the partition's transactions that became dead letters of holdings."""
    found: set[int] = set()
    async for letter in engine.read((HOLDINGS_DEAD_LETTERS,), follow=False):
        texts = header_texts(letter.headers)
        source = (texts.get(f"{PREFIX}topic"), texts.get(f"{PREFIX}partition"))
        offset = texts.get(f"{PREFIX}offset", "")
        if source == (TRANSACTIONS.name, str(partition)) and offset.isascii() and offset.isdigit():
            found.add(int(offset))
    return found


def _digest(value: bytes | None) -> bytes:
    return hashlib.blake2b(value or b"", digest_size=16).digest()
