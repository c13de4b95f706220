"""Where records belong among other partitions, and which headers of a dead letter change."""

from collections.abc import Mapping

import pytest

from contracts.envelope import Headers, header_texts
from contracts.topics import (
    ALERTS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    POSITIONS,
    TRANSACTIONS,
    WATCHER_CURSOR,
    WATCHER_DEAD_LETTERS,
    Topic,
)
from services.cli.repartition.namespace_copy import next_namespace
from services.cli.repartition.relocation import COPIED_FROM, Relocation, about
from services.runtime.dead_letters import PREFIX, replayed_location
from services.runtime.port import Output, Record


def letter(topic: str, partition: str = "1", offset: str = "17", **others: str) -> Record:
    """Return a dead letter in the namespace `acme` about the record at this location."""
    named = {"topic": topic, "partition": partition, "offset": offset, **others}
    reasons = tuple((f"{PREFIX}{name}", text.encode()) for name, text in named.items())
    headers: Headers = (("ce_id", b"id"), *reasons)
    return Record(PARSER_DEAD_LETTERS.name, 0, 3, b"key", b"value", headers, 1_700_000_000_000, namespace="acme")


@pytest.mark.parametrize(
    ("namespace", "following"),
    [
        ("", "g2"),
        ("g2", "g3"),
        ("g9", "g10"),
        ("acme", "acme-g2"),
        ("acme-g2", "acme-g3"),
        ("acme.eu-g10", "acme.eu-g11"),
        ("big2", "big2-g2"),
        ("acme-big2", "acme-big2-g2"),
    ],
)
def test_each_namespace_is_followed_by_its_next_generation(namespace: str, following: str) -> None:
    """A second repartitioning needs no new name, and the names show the order of the generations."""
    assert next_namespace(namespace) == following


@pytest.mark.parametrize(
    ("topic", "key", "routed_by"),
    [
        (TRANSACTIONS, b"0000000001", b"0000000001"),
        (ALERTS, b"0000000001", b"0000000001"),
        (WATCHER_CURSOR, b"directory|file:///a|b", b"directory"),
        (FILINGS, b"not a filing", b"not a filing"),
    ],
)
def test_a_record_is_routed_as_its_producer_routes_it(topic: Topic, key: bytes, routed_by: bytes) -> None:
    """A source's cursor is read from one partition: an entry in another would be published again."""
    output = Relocation().of(topic, Record(topic.name, 0, 0, key, b"value", (("name", b"\xff"),)))
    assert output is not None
    assert (output.key, output.value, output.headers) == (key, b"value", (("name", b"\xff"),))
    assert output.routed_by == routed_by
    assert output.partition is None


def relocate(
    topic: Topic, record: Record, addresses: dict[Topic, Mapping[tuple[int, int], tuple[int, int]]] | None = None
) -> Output:
    """Return the record as it is copied."""
    output = Relocation(addresses or {}).of(topic, record)
    assert output is not None
    return output


@pytest.mark.parametrize(("letters", "source"), [(PARSER_DEAD_LETTERS, FILINGS), (HOLDINGS_DEAD_LETTERS, TRANSACTIONS)])
def test_a_copied_dead_letter_has_the_new_location_of_its_record(letters: Topic, source: Topic) -> None:
    """Everything else is unchanged; a header has the previous location."""
    output = relocate(letters, letter(source.name, stage="s", history="{}"), {source: {(1, 17): (4, 5)}})
    texts = header_texts(output.headers)
    assert (texts[f"{PREFIX}partition"], texts[f"{PREFIX}offset"], output.partition) == ("4", "5", 4)
    assert (texts[f"{PREFIX}topic"], texts[f"{PREFIX}stage"], texts["ce_id"]) == (source.name, "s", "id")
    assert texts[COPIED_FROM] == f"acme.{source.name}[1]@17"
    assert f"{PREFIX}history" not in texts  # its offsets are those of the old topics
    assert (output.key, output.value) == (b"key", b"value")


def test_a_dead_letter_copied_twice_has_only_the_latest_previous_location() -> None:
    """The header of the previous copy would refer to topics that may be gone."""
    again = letter(TRANSACTIONS.name, copied_from="elsewhere[0]@0")
    output = relocate(HOLDINGS_DEAD_LETTERS, again, {TRANSACTIONS: {(1, 17): (4, 5)}})
    assert [value for name, value in output.headers if name == COPIED_FROM] == [
        b"acme.insidertape.transactions.v1[1]@17"
    ]


def test_a_dead_letter_of_a_deleted_record_has_no_location() -> None:
    """Retention has deleted the filing: in the new topic its old offset belongs to another filing."""
    output = relocate(PARSER_DEAD_LETTERS, letter(FILINGS.name), {FILINGS: {}})
    texts = header_texts(output.headers)
    assert not {f"{PREFIX}partition", f"{PREFIX}offset"} & set(texts)
    assert texts[COPIED_FROM] == f"acme.{FILINGS.name}[1]@17"
    assert output.routed_by == b"key"


def test_a_dead_letter_of_a_position_has_only_its_previous_location() -> None:
    """Positions are recomputed, so no record of the new topic is the quarantined one."""
    output = relocate(HOLDINGS_DEAD_LETTERS, letter(POSITIONS.name))
    texts = header_texts(output.headers)
    assert texts[COPIED_FROM] == f"acme.{POSITIONS.name}[1]@17"
    assert f"{PREFIX}offset" not in texts


def test_a_dead_letter_of_the_watcher_is_copied_unchanged() -> None:
    """It is about a file, which has no location in a topic."""
    record = Record(WATCHER_DEAD_LETTERS.name, 0, 0, b"file:///a", b"bytes", ((f"{PREFIX}stage", b"watcher"),))
    output = relocate(WATCHER_DEAD_LETTERS, record)
    assert (output.headers, output.routed_by, output.partition) == (record.headers, b"file:///a", None)


@pytest.mark.parametrize(
    "headers",
    [letter("unknown"), letter(FILINGS.name, "x"), letter(FILINGS.name, offset="-1"), letter(FILINGS.name, "²")],
    ids=["topic", "partition", "offset", "digit"],
)
def test_a_dead_letter_with_foreign_headers_has_no_record(headers: Record) -> None:
    """Any program can write to the topic; the copy continues."""
    assert about(headers) is None
    assert header_texts(relocate(PARSER_DEAD_LETTERS, headers).headers)[COPIED_FROM]


def marker(place: str, value: bytes | None = None) -> Record:
    """Return a marker of a replay of the dead letter at this location."""
    return Record(PARSER_DEAD_LETTERS.name, 0, 9, None, value, (("insidertape_replayed", place.encode()),))


def test_a_marker_is_copied_last_with_the_new_location_of_its_dead_letter() -> None:
    """With its old location it would mark another dead letter as replayed."""
    relocation = Relocation({PARSER_DEAD_LETTERS: {(0, 3): (4, 7)}})
    assert replayed_location(marker("0@3")) == (0, 3)
    assert relocation.of(PARSER_DEAD_LETTERS, marker("0@3")) is None
    output = relocation.marker(PARSER_DEAD_LETTERS, marker("0@3"))
    assert output is not None
    assert (output.headers, output.partition) == ((("insidertape_replayed", b"4@7"),), 4)
    assert relocation.marker(PARSER_DEAD_LETTERS, marker("0@4")) is None
    assert relocation.marker(PARSER_DEAD_LETTERS, letter(FILINGS.name)) is None


@pytest.mark.parametrize(
    "record", [marker("x@3"), marker("0@3", b"value"), letter(FILINGS.name)], ids=["place", "value", "letter"]
)
def test_a_record_that_only_looks_like_a_marker_is_copied_as_a_dead_letter(record: Record) -> None:
    """A record is not left out because of one of its headers."""
    assert replayed_location(record) is None
    assert relocate(PARSER_DEAD_LETTERS, record).value == record.value
