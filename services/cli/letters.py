"""`insidertape dlq`: look at dead letters, and put them back where they came from."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.base import utc_text
from contracts.envelope import header_texts
from contracts.errors import Misconfigured
from contracts.topics import DEAD_LETTERS, topic_named
from services.cli.tables import new_console, whole_table
from services.runtime.dead_letters import PREFIX, original_headers
from services.runtime.engine import Engine
from services.runtime.port import Output, Record


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
        return utc_text(datetime.fromtimestamp(self.record.timestamp_ms // 1_000, UTC))

    @property
    def reasons(self) -> dict[str, str]:
        """Why, by the names of the error headers."""
        texts = header_texts(self.record.headers)
        return {name.removeprefix(PREFIX): text for name, text in texts.items() if name.startswith(PREFIX)}


async def list_letters(engine: Engine) -> None:
    """Print a line for each dead letter."""
    letters = await _letters(engine)
    if not letters:
        print("There are no dead letters.", file=sys.stderr)  # noqa: T201 - a word to a person
        return
    rows = [
        (letter.id, letter.when, _text(letter.record.key), letter.reasons.get("exception.message", ""))
        for letter in letters
    ]
    new_console().print(whole_table(("Id", "When", "Key", "Why"), rows))


async def show_letter(engine: Engine, letter_id: str) -> None:
    """Print a dead letter whole: headers, then the original value."""
    (letter,) = _chosen(await _letters(engine), [letter_id])
    for name, text in header_texts(letter.record.headers).items():
        sys.stdout.write(f"{name}: {text}\n")
    sys.stdout.write("\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(letter.record.value or b"")
    sys.stdout.write("\n")


async def replay_letters(engine: Engine, letter_ids: Sequence[str], *, every: bool) -> int:
    """Copy the letters to the topics they came from, as they were; how many. All in one transaction.

    Raises:
        Misconfigured: an id is unknown, or a letter came from no topic (a file that the watcher refused).
    """
    letters = await _letters(engine)
    chosen = [letter for letter in letters if "topic" in letter.reasons] if every else _chosen(letters, letter_ids)
    await engine.publish([_original(letter) for letter in chosen])
    return len(chosen)


def _original(letter: Letter) -> Output:
    source = letter.reasons.get("topic")
    if source is None:
        raise Misconfigured(
            "nothing_to_replay", f"{letter.id} came from a file, not from a topic; the watcher reads it when it changes"
        )
    record = letter.record
    return Output(topic_named(source), record.key or b"", record.value, original_headers(record.headers))


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
    return [by_id[letter_id] for letter_id in letter_ids]


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")
