"""Pages that cannot show the requested content: what happened, and what still works. Pure."""

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from services.gateway.http.problems import Problem
from services.section16.wording import plural

_RETRY_SECONDS: Final = 10
_MOST_PER_SECOND: Final = 10_000
"""About how many records a projector reads in a second."""


@dataclass(frozen=True, slots=True)
class StateView:
    """A page without content. `retry` is after how many seconds the page loads itself again."""

    title: str
    text: str
    detail: str | None = None
    retry: int | None = None


def state_of(problem: Problem) -> StateView:
    """Return the page of a problem."""
    detail = f"{int(problem.status)} · {problem.code}"
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        again = f"The pipeline continues; nothing is lost. This page tries again in {_RETRY_SECONDS} s."
        text = f"{_sentence(problem.message)} {again}"
        return StateView("The tape cannot be read", text, detail, _RETRY_SECONDS)
    if problem.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return StateView("Not on this tape", _sentence(problem.message), detail)
    return StateView("This does not work", f"{_sentence(problem.message)} {problem.known.remedy}", detail)


def catching_up_words(left: int, seconds: float | None) -> str | None:
    """Return what the tape says while the read model is behind the topics; None if it is less than a second behind.

    Kafka's transactions end with markers, which count as records and are never read: a few always seem to be left.

    >>> catching_up_words(12_345, 200)
    'Catching up: 12,345 records are still to be read, about 4 minutes. Their filings are not shown yet.'
    """
    if left < _MOST_PER_SECOND:
        return None
    duration = f", about {plural(max(1, math.ceil(seconds / 60)), 'minute')}" if seconds is not None else ""
    return f"Catching up: {plural(left, 'record')} are still to be read{duration}. Their filings are not shown yet."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
