"""Converts records to rows of the embedded log and back; any row can be read, whatever its columns contain."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import Any, Final

from contracts.envelope import Headers
from services.runtime.port import Output, Record

NULL_KEY: Final = 0
"""Represents a null key: the column cannot be NULL, and all other keys are bytes."""

COLUMNS: Final = (
    "topic, partition, offset, CASE typeof(key) WHEN 'integer' THEN NULL ELSE CAST(key AS BLOB) END, "
    "CAST(value AS BLOB), CAST(headers AS BLOB), CAST(timestamp_ms AS INTEGER)"
)
"""The columns of a record, with casts: SQLite stores values of any type in any column."""


def record_of(row: Sequence[Any]) -> Record:
    """Return the record of a row; if its headers cannot be read, the record is `unreadable` but otherwise complete."""
    topic, partition, offset, key, value, headers, timestamp_ms = row[:7]
    try:
        return Record(topic, partition, offset, key, value, _headers_from_json(headers), timestamp_ms)
    except (ValueError, TypeError, RecursionError) as error:
        reason = f"its headers cannot be read: {type(error).__name__}: {error}"
        return Record(topic, partition, offset, key, value, (), timestamp_ms, unreadable=reason)


class RowWriter:
    """Makes rows of outputs. Within one call, a compacted topic keeps only the last output of a key.

    `replaced` holds the keys of compacted topics whose earlier records must be deleted before the rows are inserted.
    """

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._rows: list[tuple[object, ...] | None] = []
        self._last_rows: dict[tuple[str, int, bytes | int], int] = {}

    @property
    def replaced(self) -> list[tuple[str, int, bytes | int]]:
        """The topics, partitions and keys whose earlier records are replaced."""
        return list(self._last_rows)

    @property
    def rows(self) -> Iterator[tuple[object, ...]]:
        """The rows to insert: topic, partition, offset, time, key, value and headers."""
        return (row for row in self._rows if row is not None)

    def add(self, output: Output, partition: int, offset: int) -> None:
        """Add the row of an output."""
        key = NULL_KEY if output.key is None else output.key
        if output.topic.cleanup == "compact":
            address = (output.topic.name, partition, key)
            if (earlier := self._last_rows.get(address)) is not None:
                self._rows[earlier] = None
            self._last_rows[address] = len(self._rows)
        at = self._now_ms if output.timestamp_ms is None else output.timestamp_ms
        headers = headers_to_text(output.headers)
        self._rows.append((output.topic.name, partition, offset, at, key, output.value, headers))


def headers_to_text(headers: Headers) -> str:
    """Return headers as the text of their column."""
    return json.dumps([[name, None if value is None else b64encode(value).decode("ascii")] for name, value in headers])


def _headers_from_json(data: bytes) -> Headers:
    """Return the headers of a row; bytes that are not UTF-8 are replaced.

    Raises:
        ValueError: the column does not hold a list of names with values.
        TypeError: likewise.
    """
    return tuple((_name(name), None if value is None else b64decode(value)) for name, value in json.loads(_text(data)))


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a header's name is {name!r}, not a string")
    return name


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
