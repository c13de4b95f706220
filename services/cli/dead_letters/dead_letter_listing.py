"""`insidertape dlq list | show`: dead letters as a table, JSON lines or CSV, with a count by code."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.base import utc_text
from contracts.codes import ErrorCode
from services.cli.application.invocation import command_line
from services.cli.dead_letters.dead_letter import DeadLetter, find_dead_letters, read_dead_letters
from services.cli.options.choices import Format, ServiceName
from services.cli.render.dead_letter_table import DeadLetterRow, print_dead_letters
from services.cli.render.screen import Screen
from services.runtime.engine import Engine
from services.section16.safe_text import escaped, printable, spreadsheet_cell
from services.section16.wording import plural

_MOST_DIGITS: Final = 19  # of an offset

_FIELDS: Final[dict[str, Callable[[DeadLetter], object]]] = {
    "id": lambda letter: letter.id,
    "service": lambda letter: letter.service,
    "written_at": lambda letter: letter.when or None,
    "code": lambda letter: letter.code,
    "message": lambda letter: letter.why.removeprefix(f"{letter.code}: "),
    "about": lambda letter: letter.what,
    "topic": lambda letter: letter.reasons.get("topic"),
    "partition": lambda letter: _number(letter.reasons.get("partition")),
    "offset": lambda letter: _number(letter.reasons.get("offset")),
    "replay_of": lambda letter: letter.replay_of,
    "replayed_at": lambda letter: _moment(letter.replayed_at),
    "obstacle": lambda letter: letter.obstacle,
}
"""The fields of a dead letter in JSON lines and CSV; `topic`, `partition` and `offset` locate the original record."""

_MISSING_FACTS: Final[dict[str, tuple[str, str]]] = {
    ErrorCode.NO_ISSUER: ("names the issuer", "--issuer-cik CIK --issuer-name NAME"),
    ErrorCode.NO_FORM_TYPE: ("states the form type", "--form 4"),
}
"""By error code: the missing fact, and the options that supply it."""


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Conditions combined by AND; the values of one condition by OR. `limit` keeps the newest matches."""

    codes: Sequence[str] = ()
    services: Sequence[ServiceName] = ()
    since: datetime | None = None
    replayed: bool = False
    limit: int | None = None

    def matches(self, letter: DeadLetter) -> bool:
        """Return whether all conditions hold, ignoring `replayed`."""
        return (
            (not self.codes or letter.code in self.codes)
            and (not self.services or letter.service in self.services)
            and (self.since is None or (letter.record.time is not None and letter.record.time >= self.since))
        )


async def list_dead_letters(engine: Engine, wanted: DeadLetterFilter, form: Format) -> None:
    """Print the dead letters on standard output and a count by code on standard error."""
    every = await read_dead_letters(engine)
    matching = [letter for letter in every if wanted.matches(letter)]
    shown = [letter for letter in matching if wanted.replayed or letter.replayed_at is None]
    left_out = len(matching) - len(shown)
    printed = shown[-wanted.limit :] if wanted.limit else shown
    _PRINTERS[form](printed, wanted)
    sys.stdout.flush()
    sys.stderr.write(_summary(shown, len(printed), left_out, filtered=len(matching) < len(every)))


def _summary(shown: Sequence[DeadLetter], printed: int, left_out: int, *, filtered: bool) -> str:
    replayed = f"Not listed: {left_out:,} already replayed (--replayed lists them).\n" if left_out else ""
    if not shown:
        return ("No dead letters match the filter.\n" if filtered else "There are no dead letters.\n") + replayed
    newest = f"The newest {printed:,} of " if printed < len(shown) else ""
    return f"{newest}{plural(len(shown), 'dead letter')}{_codes(shown)}.\n{replayed}"


def _codes(letters: Sequence[DeadLetter]) -> str:
    """Return the count of each code, the largest first; if all have one code, only that, not its count again."""
    counts = Counter(letter.code for letter in letters)
    if len(counts) == 1:
        return f"{', all' if len(letters) > 1 else ':'} {letters[0].code}"
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return f": {', '.join(f'{code} {count:,}' for code, count in ordered)}"


def _print_table(letters: Iterable[DeadLetter], wanted: DeadLetterFilter) -> None:
    rows = [DeadLetterRow(each.id, each.when, _moment(each.replayed_at) or "", each.what, each.why) for each in letters]
    print_dead_letters(Screen(), rows, with_replays=wanted.replayed)


def _print_json(letters: Iterable[DeadLetter], _: DeadLetterFilter) -> None:
    for letter in letters:
        line = json.dumps({name: value(letter) for name, value in _FIELDS.items()}, ensure_ascii=False)
        sys.stdout.write(escaped(line) + "\n")


def _print_csv(letters: Iterable[DeadLetter], _: DeadLetterFilter) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_FIELDS)
    rows.writerows([spreadsheet_cell(value(letter)) for value in _FIELDS.values()] for letter in letters)


_PRINTERS: Final = {Format.TABLE: _print_table, Format.JSONL: _print_json, Format.CSV: _print_csv}


async def show_dead_letter(engine: Engine, letter_id: str, options: str = "") -> None:
    """Print a dead letter in full: headers, an empty line, then the original value, byte for byte.

    On a terminal, control characters in the value are escaped. If the operator can supply a missing fact, the command
    for it is printed on standard error, with `options` to select the same storage.
    """
    (letter,) = await find_dead_letters(engine, [letter_id])
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
    sys.stdout.flush()
    if letter.replayed_at:
        sys.stderr.write(f"{letter.id} was replayed at {_moment(letter.replayed_at)}.\n")
    elif letter.code in _MISSING_FACTS and not letter.obstacle:
        missing, facts = _MISSING_FACTS[letter.code]
        command = command_line(f"dlq replay {letter.id} {facts}", options)
        sys.stderr.write(f"Neither the filing nor its metadata {missing}. If you know it, run:\n  {command}\n")


def _moment(at: datetime | None) -> str | None:
    return utc_text(at.replace(microsecond=0)) if at else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
