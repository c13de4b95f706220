"""How the processes of a chaos run exited, and the rule that each log gives the reason: pure, over log lines."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

FAILED: Final = "service_failed"
_FIELDS: Final = ("code", "service", "error")
_LONGEST_SHOWN: Final = 200

EXPECTED_STATUSES: Final[Mapping[int, str]] = {
    -9: "killed",
    -15: "stopped before it could handle signals",
    0: "stopped",
    65: "positions that holdings cannot build on",
    74: "a full disk",
    75: "a client that stalled",
    77: "a wrong password",
    78: "added partitions",
}
"""Exit statuses that may occur, with their cause."""
EXPECTED_CODES: Final = frozenset(
    {
        "stalled",
        "foreign_positions",
        "disk_full",
        "kafka_authentication_failed",
        "partitions_changed",
        "not_co_partitioned",
    }
)
"""Error codes that may end a service: each is the reaction to a fault."""


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """A finished process: its worker, its exit status (negative: the signal), and its log lines."""

    worker: str
    status: int
    lines: tuple[str, ...]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Return the lines that give the reason for the exit."""
        return [line for line in map(_parse_object, self.lines) if line is not None and line.get("event") == FAILED]


def exit_violations(runs: Iterable[ProcessRun]) -> Iterator[str]:
    """Yield violations of the rule: an exit without a signal has one line with its reason, and all lines are JSON."""
    for run in runs:
        who = f"{run.worker}, which exited with {run.status},"
        failures = run.failures
        if run.status > 0 and len(failures) != 1:
            yield f"{who} gives its reason in {len(failures)} lines"
        if run.status == 0 and failures:
            yield f"{who} reports a failure: {failures[0].get('code')}"
        for failure in failures:
            if missing := [name for name in _FIELDS if not failure.get(name)]:
                yield f"{who} does not report its {' and '.join(missing)}"
            if run.status > 0 and failure.get("exit_status") != run.status:
                yield f"{who} reports exit status {failure.get('exit_status')}"
        yield from (f"{who} logged {line[:_LONGEST_SHOWN]!r}" for line in _non_json_lines(run))


def count_error_codes(runs: Iterable[ProcessRun]) -> Counter[str]:
    """Count the exits of services by error code; a defect is counted by its error text."""
    failures = [failure for run in runs for failure in run.failures]
    return Counter(str(each["error"] if each.get("code") == "defect" else each.get("code")) for each in failures)


def _non_json_lines(run: ProcessRun) -> list[str]:
    """Return the lines that are not JSON objects. The last line of a killed process may be incomplete."""
    lines = list(run.lines)
    if run.status < 0 and lines and not lines[-1].endswith("\n"):
        lines.pop()
    return [line for line in lines if _parse_object(line) is None]


def _parse_object(line: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
