"""`insidertape dlq`: look at dead letters, and put them back where they came from."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.base import utc_text
from contracts.codec import decode
from contracts.envelope import header_texts
from contracts.errors import InvalidEvent, Misconfigured
from contracts.filing_published import FilingPublished
from contracts.topics import DEAD_LETTERS, FILINGS, POSITIONS, TRANSACTIONS, topic_named
from services.cli.render.safe_text import printable
from services.cli.render.screen import Screen
from services.cli.render.tables import Column, GrowingTable
from services.runtime.dead_letters import INCOMPLETE, PREFIX, original_headers
from services.runtime.engine import Engine
from services.runtime.port import Output, Record
from services.watcher.glance import issuer_routing

_REPLAYED = frozenset({FILINGS.name, TRANSACTIONS.name})
"""The topics that services read their input from."""

_COLUMNS = (Column("Id", 16), Column("When", 20), Column("What"), Column("Why"))


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: its record, and its id, which is service/partition/offset."""

    record: Record

    @property
    def id(self) -> str:
        """What `show` and `replay` know it by."""
        service = self.record.topic.removesuffix(".dlq.v1").rsplit(".", 1)[-1]
        return f"{service}/{self.record.partition}/{self.record.offset}"

    @property
    def when(self) -> str:
        """When it was written, in UTC."""
        return utc_text(self.record.time.replace(microsecond=0)) if self.record.time else ""

    @property
    def reasons(self) -> dict[str, str]:
        """Why, by the names of the error headers."""
        texts = header_texts(self.record.headers)
        return {name.removeprefix(PREFIX): text for name, text in texts.items() if name.startswith(PREFIX)}

    @property
    def why(self) -> str:
        """Why, in one line: the error's code, and its message."""
        return self.reasons.get("exception.message") or self.record.unreadable or ""

    @property
    def what(self) -> str:
        """What it is about: where the filing came from, where that is known, else its key."""
        return _source_url(self.record.value) or (self.record.key or b"").decode("utf-8", "replace")

    @property
    def is_from_file(self) -> bool:
        """Whether it came from no topic: it is a file that the watcher refused."""
        return "topic" not in self.reasons

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be put back; None if it can."""
        source = self.reasons.get("topic")
        if source is None:
            return f"{self.id} came from a file, not from a topic: the watcher reads it when it changes"
        if source == POSITIONS.name:
            return f"{self.id} was quarantined from the state of holdings, which it would stop again"
        if source not in _REPLAYED:
            return f"{self.id} came from {source!r}, which no service reads its input from"
        if incomplete := self.reasons.get(INCOMPLETE.removeprefix(PREFIX)):
            return f"{self.id} is not the whole record: {incomplete}"
        return self.record.unreadable

    @property
    def original(self) -> Output:
        """The record as it was, for the topic it came from, and the partition that its issuer's filings take.

        Raises:
            Misconfigured: it cannot be put back.
        """
        if self.obstacle:
            raise Misconfigured("nothing_to_replay", self.obstacle)
        record, topic = self.record, topic_named(self.reasons["topic"])
        routing = _routing(record.value) if topic is FILINGS else None
        return Output(topic, record.key, record.value, original_headers(record.headers), routing)


async def list_letters(engine: Engine) -> None:
    """Print each dead letter: id, when, what and why."""
    letters = await _letters(engine)
    if not letters:
        sys.stderr.write("There are no dead letters.\n")
    table = GrowingTable(Screen(), _COLUMNS)
    for each in letters:
        if table.has_columns:
            table.add_rows([(each.id, each.when, each.what, each.why)])
        else:
            table.add_lines((f"{each.id}  {each.when}", each.what, each.why))


async def show_letter(engine: Engine, letter_id: str) -> None:
    """Print a dead letter whole: headers, an empty line, then the original value, byte for byte.

    A terminal gets the value as text that cannot command it.
    """
    (letter,) = _chosen(await _letters(engine), [letter_id])
    for name, value in letter.record.headers:
        text = "(null)" if value is None else printable(value.decode("utf-8", "replace"))
        sys.stdout.write(f"{printable(name)}: {text}\n")
    sys.stdout.write("\n")
    value = letter.record.value or b""
    if sys.stdout.isatty():
        sys.stdout.writelines(printable(line) + "\n" for line in value.decode("utf-8", "replace").splitlines())
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(value)


async def replay_letters(engine: Engine, letter_ids: Sequence[str], *, every: bool) -> int:
    """Copy the letters (each once, or `every` one that can be put back) back, as they were, in one transaction.

    Returns how many.

    Raises:
        Misconfigured: an id is unknown, or a letter cannot be put back.
    """
    letters = await _letters(engine)
    chosen = [each for each in letters if not each.obstacle] if every else _chosen(letters, letter_ids)
    if every:
        for each in letters:
            if each.obstacle and not each.is_from_file:
                sys.stderr.write(f"Not put back: {printable(each.obstacle)}\n")
    if chosen:
        await engine.publish([letter.original for letter in chosen])
    return len(chosen)


async def _letters(engine: Engine) -> list[Letter]:
    found = [Letter(record) async for record in engine.read(DEAD_LETTERS, follow=False)]
    return sorted(found, key=lambda letter: letter.record.timestamp_ms)


def _chosen(letters: Sequence[Letter], letter_ids: Sequence[str]) -> list[Letter]:
    by_id = {letter.id: letter for letter in letters}
    unknown = [letter_id for letter_id in letter_ids if letter_id not in by_id]
    if unknown:
        raise Misconfigured(
            "no_such_letter", f"there is no dead letter {', '.join(unknown)}; see `insidertape dlq list`"
        )
    return [by_id[letter_id] for letter_id in dict.fromkeys(letter_ids)]


def _source_url(value: bytes | None) -> str | None:
    """The `source_url` of an event, whether it is a filing's or in its `filing`; None where the bytes tell of none."""
    try:
        event: Any = json.loads(value or b"null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    filing = event.get("filing")
    url = event.get("source_url") or (filing.get("source_url") if isinstance(filing, dict) else None)
    return url if isinstance(url, str) else None


def _routing(value: bytes | None) -> bytes | None:
    """What decided the partition of a published filing; None where the bytes are none, and the key decides."""
    try:
        return issuer_routing(decode(value, FilingPublished).content)
    except InvalidEvent:
        return None
