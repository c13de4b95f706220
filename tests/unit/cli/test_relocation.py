"""Where records go in other partitions, and which headers of a dead letter change: pure, record by record."""

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
    """A dead letter in the namespace `acme` about a record there."""
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
    """Whoever repartitions twice need not think of a name, and finds the order of the generations in them."""
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
    """A cursor of a source is read from one partition: an entry in another would be published again."""
    output = Relocation().of(topic, Record(topic.name, 0, 0, key, b"value", (("name", b"\xff"),)))
    assert output is not None
    assert (output.key, output.value, output.headers) == (key, b"value", (("name", b"\xff"),))
    assert output.routed_by == routed_by
    assert output.partition is None


def relocated(
    topic: Topic, record: Record, addresses: dict[Topic, Mapping[tuple[int, int], tuple[int, int]]] | None = None
) -> Output:
    """The record as it is copied."""
    output = Relocation(addresses or {}).of(topic, record)
    assert output is not None
    return output


@pytest.mark.parametrize(("letters", "source"), [(PARSER_DEAD_LETTERS, FILINGS), (HOLDINGS_DEAD_LETTERS, TRANSACTIONS)])
def test_a_letter_follows_its_record_to_its_new_address(letters: Topic, source: Topic) -> None:
    """Everything else of it stays; where the record was before is noted beside."""
    output = relocated(letters, letter(source.name, stage="s", history="{}"), {source: {(1, 17): (4, 5)}})
    texts = header_texts(output.headers)
    assert (texts[f"{PREFIX}partition"], texts[f"{PREFIX}offset"], output.partition) == ("4", "5", 4)
    assert (texts[f"{PREFIX}topic"], texts[f"{PREFIX}stage"], texts["ce_id"]) == (source.name, "s", "id")
    assert texts[COPIED_FROM] == f"acme.{source.name}[1]@17"
    assert f"{PREFIX}history" not in texts  # its offsets are those of the old topics
    assert (output.key, output.value) == (b"key", b"value")


def test_a_letter_that_is_copied_again_names_the_latest_copy_alone() -> None:
    """The header of the copy before would be about topics that may be gone."""
    again = letter(TRANSACTIONS.name, copied_from="elsewhere[0]@0")
    output = relocated(HOLDINGS_DEAD_LETTERS, again, {TRANSACTIONS: {(1, 17): (4, 5)}})
    assert [value for name, value in output.headers if name == COPIED_FROM] == [
        b"acme.insidertape.transactions.v1[1]@17"
    ]


def test_a_letter_whose_record_is_gone_keeps_no_address_that_another_record_has() -> None:
    """Retention has deleted the filing: its old offset is another filing's in the new topic."""
    output = relocated(PARSER_DEAD_LETTERS, letter(FILINGS.name), {FILINGS: {}})
    texts = header_texts(output.headers)
    assert not {f"{PREFIX}partition", f"{PREFIX}offset"} & set(texts)
    assert texts[COPIED_FROM] == f"acme.{FILINGS.name}[1]@17"
    assert output.routed_by == b"key"


def test_a_letter_about_a_position_keeps_where_it_was_only() -> None:
    """Positions are computed again, so no record of the new topic is the one that was quarantined."""
    output = relocated(HOLDINGS_DEAD_LETTERS, letter(POSITIONS.name))
    texts = header_texts(output.headers)
    assert texts[COPIED_FROM] == f"acme.{POSITIONS.name}[1]@17"
    assert f"{PREFIX}offset" not in texts


def test_a_letter_of_the_watcher_is_copied_as_it_is() -> None:
    """It is about a file, which has no address in a topic."""
    record = Record(WATCHER_DEAD_LETTERS.name, 0, 0, b"file:///a", b"bytes", ((f"{PREFIX}stage", b"watcher"),))
    output = relocated(WATCHER_DEAD_LETTERS, record)
    assert (output.headers, output.routed_by, output.partition) == (record.headers, b"file:///a", None)


@pytest.mark.parametrize(
    "headers",
    [letter("unknown"), letter(FILINGS.name, "x"), letter(FILINGS.name, offset="-1"), letter(FILINGS.name, "²")],
    ids=["topic", "partition", "offset", "digit"],
)
def test_a_letter_with_headers_that_nobody_of_ours_wrote_is_about_no_record(headers: Record) -> None:
    """Anybody can write to the topic; the copy goes on."""
    assert about(headers) is None
    assert header_texts(relocated(PARSER_DEAD_LETTERS, headers).headers)[COPIED_FROM]


def marker(place: str, value: bytes | None = None) -> Record:
    """A marker that the dead letter there was replayed."""
    return Record(PARSER_DEAD_LETTERS.name, 0, 9, None, value, (("insidertape_replayed", place.encode()),))


def test_a_marker_is_left_to_the_end_and_follows_its_dead_letter() -> None:
    """With its old address it would mark another dead letter as replayed."""
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
    """No record is left out for what one of its headers contains."""
    assert replayed_location(record) is None
    assert relocated(PARSER_DEAD_LETTERS, record).value == record.value
