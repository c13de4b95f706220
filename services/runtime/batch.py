"""Processes one batch of one partition, and logs a line for each record.

Dead letters are logged at INFO, processed records at DEBUG: the engine logs a line for the whole batch.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent, PermanentError
from services.runtime.dead_letter_limit import Outcome
from services.runtime.dead_letters import dead_letter, is_replay
from services.runtime.failures import note_record
from services.runtime.placement import Placement
from services.runtime.port import Output, Processed, Processor, Record, Service

_log = structlog.get_logger(__name__)

MOST_RECORDS: Final = 2_000
MOST_BYTES: Final = 4 * 1024 * 1024
"""A batch ends with the record that reaches either limit."""
_LONGEST_SHOWN: Final = 2_000
"""Bytes of a key, and characters of an error, that are logged."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch: all outputs in order, the number of its dead letters, and counts by code.

    `outcomes` has one entry per record for the limit on dead letters. A replayed dead letter that fails again is left
    out: it says nothing about the service's other input.
    """

    outputs: tuple[Output, ...]
    dead: int
    outcomes: tuple[Outcome, ...] = ()
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    diagnostics: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def joined(cls, parts: "Iterable[BatchResult]") -> "BatchResult":
        """Return one result for parts of a batch, in order."""
        outputs: list[Output] = []
        outcomes: list[Outcome] = []
        dead_letters: Counter[str] = Counter()
        diagnostics: Counter[str] = Counter()
        for part in parts:
            outputs += part.outputs
            outcomes += part.outcomes
            dead_letters.update(part.dead_letters)
            diagnostics.update(part.diagnostics)
        return cls(tuple(outputs), dead_letters.total(), tuple(outcomes), dead_letters, diagnostics)


def process_batch(
    service: Service, processor: Processor, records: Sequence[Record], placement: Placement | None = None
) -> BatchResult:
    """Process the records in order. A permanent error makes a dead letter; any other error is raised with a note.

    With a placement, a record that belongs to another partition becomes a dead letter.
    """
    log = _log.bind()
    detailed = log.is_enabled_for(logging.DEBUG)  # once: formatting a line per record is slow
    outputs: list[Output] = []
    outcomes: list[Outcome] = []
    dead_letters: Counter[str] = Counter()
    diagnostics: list[str] = []
    for record in records:
        started = time.perf_counter()
        try:
            if placement is not None:
                placement.check(service.input_topic, record)
            processed = _process(processor, record)
        except PermanentError as error:
            outputs.append(dead_letter(service.dead_letters, record, error, stage=service.name))
            dead_letters[error.code] += 1
            facts = {"outcome": "dead_letter", "code": error.code, "error": error.message[:_LONGEST_SHOWN]}
            log.info("record_rejected", service=service.name, **_account(record, started, facts))
            if not is_replay(record):
                outcomes.append(error.code)
        except Exception as error:
            note_record(error, f"while {service.name} processed", record)
            raise
        else:
            outputs.extend(processed.outputs)
            if processed.diagnostics:
                diagnostics += processed.diagnostics
            if detailed:
                log.debug(
                    "record_processed",
                    service=service.name,
                    **_account(record, started, {"outcome": "processed", **processed.facts}),
                )
            outcomes.append(None)
    counts = Counter(diagnostics)
    return BatchResult(tuple(outputs), dead_letters.total(), tuple(outcomes), dead_letters, counts)


def _process(processor: Processor, record: Record) -> Processed:
    """Process one record.

    Raises:
        PermanentError: the record cannot be read or processed, or an output is too large for its topic.
    """
    if record.unreadable:
        raise InvalidEvent(ErrorCode.UNREADABLE_RECORD, record.unreadable)
    processed = processor.process(record)
    for output in processed.outputs:
        output.check_size()
    return processed


def _account(record: Record, started: float, facts: Mapping[str, object]) -> dict[str, object]:
    return {
        "topic": record.log_topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": (record.key or b"")[:_LONGEST_SHOWN].decode("utf-8", "replace"),
        **facts,
        "duration_ms": round((time.perf_counter() - started) * 1_000, 3),
    }
