"""Pages that cannot show the requested content: what happened, and what still works. Pure."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from services.gateway.http.problems import Problem

_RETRY_SECONDS: Final = 10


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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
