"""How the processes of a run ended, and what their logs must say about it: pure, over the lines of each life."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

FAILED: Final = "service_failed"
_FIELDS: Final = ("code", "service", "error")
_LONGEST_SHOWN: Final = 200

ENDINGS: Final[Mapping[int, str]] = {
    -9: "killed",
    -15: "told to leave before it could listen",
    0: "told to leave",
    65: "positions that holdings cannot build on",
    74: "a full disk",
    75: "a client that stands still",
    77: "a wrong password",
    78: "added partitions",
}
"""How processes may end: the status, and what has caused it."""
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
"""Why a service may end by itself: each is the answer to a fault."""


@dataclass(frozen=True, slots=True)
class Life:
    """One process from its start to its end: whose it was, its status (negative: the signal), and what it logged."""

    member: str
    status: int
    lines: tuple[str, ...]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The lines that say why the service ended."""
        return [line for line in map(_parsed, self.lines) if line is not None and line.get("event") == FAILED]


def unexplained(lives: Iterable[Life]) -> Iterator[str]:
    """Yield what breaks the rule: each end that no signal caused has one line that says why, and all lines are JSON."""
    for life in lives:
        whose = f"{life.member}, which ended with {life.status},"
        failures = life.failures
        if life.status > 0 and len(failures) != 1:
            yield f"{whose} says why in {len(failures)} lines"
        if life.status == 0 and failures:
            yield f"{whose} says that it failed: {failures[0].get('code')}"
        for failure in failures:
            if missing := [name for name in _FIELDS if not failure.get(name)]:
                yield f"{whose} does not say its {' and '.join(missing)}"
            if life.status > 0 and failure.get("exit_status") != life.status:
                yield f"{whose} says that it ends with {failure.get('exit_status')}"
        yield from (f"{whose} logged {line[:_LONGEST_SHOWN]!r}" for line in _bare_lines(life))


def codes(lives: Iterable[Life]) -> Counter[str]:
    """Return how often a service ended by itself, by code; what a defect says takes the place of its code."""
    failures = [failure for life in lives for failure in life.failures]
    return Counter(str(each["error"] if each.get("code") == "defect" else each.get("code")) for each in failures)


def _bare_lines(life: Life) -> list[str]:
    """Return the lines that are not JSON objects. The last one of a killed process may have been cut off."""
    lines = list(life.lines)
    if life.status < 0 and lines and not lines[-1].endswith("\n"):
        lines.pop()
    return [line for line in lines if _parsed(line) is None]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
