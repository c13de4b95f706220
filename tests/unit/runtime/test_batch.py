"""A batch through a processor: outputs in order, dead letters among them, and one log line per record."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from contracts.errors import InvalidEvent, OversizedRecord, TransientError
from services.runtime.batch import process_batch
from services.runtime.dead_letters import PREFIX, REPLAY_OF_HEADER
from services.runtime.failures import location_of
from services.runtime.port import Output, Processed, Record
from tests.unit.runtime.builders import DEAD_LETTERS, NUMBERS, STATE, Doubling, record, service, values

POISON = InvalidEvent("poison", "cannot be doubled")


def numbered(*numbers: bytes) -> list[Record]:
    """Return records with these values, at consecutive offsets."""
    return [record(value, offset=offset) for offset, value in enumerate(numbers)]


def test_outputs_are_in_the_order_of_the_records() -> None:
    """A partition's order is kept."""
    processor = Doubling()
    result = process_batch(service(processor), processor, numbered(b"1", b"2", b"3"))
    assert values(result.outputs) == [b"2", b"4", b"6"]
    assert result.dead == 0


def test_a_poison_record_becomes_a_dead_letter_in_its_place() -> None:
    """Its neighbours are processed, and its dead letter is where its outputs would be."""
    processor = Doubling({b"2": POISON})
    result = process_batch(service(processor), processor, numbered(b"1", b"2", b"3"))
    assert [(output.topic, output.value) for output in result.outputs] == [
        (STATE, b"2"),
        (DEAD_LETTERS, b"2"),
        (STATE, b"6"),
    ]
    assert result.dead == 1


@pytest.mark.parametrize("error", [TransientError("away", "the broker"), ZeroDivisionError()])
def test_any_other_error_is_raised_to_the_caller(error: Exception) -> None:
    """After a defect or a transient error nothing of the batch is committed; the error names the record."""
    processor = Doubling({b"2": error})
    with pytest.raises(type(error)) as raised:
        process_batch(service(processor), processor, numbered(b"1", b"2"))
    assert raised.value.__notes__ == [f"while doubling processed {NUMBERS.name}[3]@1"]
    assert location_of(raised.value) == {"topic": NUMBERS.name, "partition": 3, "offset": 1}


class Padding(Doubling):
    """Writes a small output and one as large as the record says, in bytes."""

    def process(self, record: Record) -> Processed:
        """Return three outputs, the last one a tombstone."""
        size = int(record.value or b"0")
        return Processed([Output(STATE, b"k", b"small"), Output(STATE, b"k", b"x" * size), Output(STATE, b"k", None)])


def test_an_output_too_large_for_its_topic_makes_a_dead_letter_of_its_record() -> None:
    """All of its outputs are left out with it: a record is processed whole or not at all."""
    processor, most = Padding(), STATE.max_value_bytes
    result = process_batch(service(processor), processor, numbered(str(most).encode(), str(most + 1).encode()))
    assert [output.topic for output in result.outputs] == [STATE, STATE, STATE, DEAD_LETTERS]
    headers = dict(result.outputs[-1].headers)
    assert headers[f"{PREFIX}exception.class.name"] == b"OversizedRecord"
    assert (headers[f"{PREFIX}exception.message"] or b"").startswith(b"oversized_output: ")


def test_an_output_whose_key_or_headers_are_too_large_is_refused_too() -> None:
    """The broker counts them too: it would refuse the record at the commit, again and again."""
    huge = b"x" * STATE.max_message_bytes
    for output in (Output(STATE, huge, b""), Output(STATE, b"", b"", (("h", huge),)), Output(STATE, None, huge)):
        with pytest.raises(OversizedRecord, match="oversized_output"):
            output.check_size()
    Output(STATE, b"k" * 1_000, b"x" * STATE.max_value_bytes, (("a", None), ("b", b"v"))).check_size()


def test_a_replayed_record_that_fails_again_does_not_count_toward_the_limit() -> None:
    """A replay must not stop the service: it says nothing about the other input. A success counts."""
    processor = Doubling({b"2": POISON})
    replayed = [replace(each, headers=((REPLAY_OF_HEADER, b"x/0/0"),)) for each in numbered(b"1", b"2")]
    result = process_batch(service(processor), processor, [*numbered(b"1", b"2"), *replayed])
    assert (result.outcomes, result.dead) == ((None, "poison", None), 2)


def test_each_record_has_one_line_in_the_log() -> None:
    """With its location, its outcome, the processor's facts and the duration; at INFO if it is a dead letter."""
    processor = Doubling({b"2": POISON})
    with capture_logs() as lines:
        process_batch(service(processor), processor, numbered(b"1", b"2"))
    times = [line.pop("duration_ms") for line in lines]
    assert [line.pop("log_level") for line in lines] == ["debug", "info"]
    place = {"service": "doubling", "topic": NUMBERS.name, "partition": 3, "key": "k"}
    assert lines == [
        {**place, "event": "record_processed", "offset": 0, "outcome": "processed", "doubled": 2},
        {
            **place,
            "event": "record_rejected",
            "offset": 1,
            "outcome": "dead_letter",
            "code": "poison",
            "error": "cannot be doubled",
        },
    ]
    assert all(time >= 0 for time in times)


def test_a_key_that_is_not_text_can_be_logged() -> None:
    """Keys are bytes; a log line is text."""
    processor = Doubling()
    with capture_logs() as lines:
        process_batch(service(processor), processor, [record(key=b"\xff"), record(key=None)])
    assert [line["key"] for line in lines] == ["�", ""]
