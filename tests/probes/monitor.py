"""A monitoring client: requests a port on loopback, and waits for the expected response."""

import http.client
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

PATIENCE: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its text, and its headers by their names in lower case."""

    status: int
    text: str
    headers: dict[str, str]


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ask(port: int, path: str, method: str = "GET") -> Answer:
    """Ask once.

    Raises:
        OSError: nobody answers.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, answer.read().decode(), headers)
    finally:
        connection.close()


def until(port: int, path: str, status: int, words: str = "") -> Answer:
    """Ask until the answer has that status and contains the words, as a monitor does."""
    deadline = time.monotonic() + PATIENCE
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = answer = ask(port, path)
        except (OSError, http.client.HTTPException) as error:
            last = error
        else:
            if answer.status == status and words in answer.text:
                return answer
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise AssertionError(f"{path} did not become {status} {words!r}; the last answer was {last!r}")


def values(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every sample of a scrape by its name and sorted labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    """Return one sample of a scrape.

    Raises:
        KeyError: there is none.
    """
    return values(text)[name, tuple(sorted(labels.items()))]


def names(text: str) -> set[str]:
    """Return the names of the metrics that have a value; a histogram has the name of its family."""
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(text)
        if family.samples
    }


def until_named(wanted: set[str], ports: Sequence[int]) -> None:
    """Scrape until every metric has a value at one of the ports."""
    deadline = time.monotonic() + PATIENCE
    while missing := wanted - set[str]().union(*(names(ask(port, "/metrics").text) for port in ports)):
        assert time.monotonic() < deadline, f"no value of {sorted(missing)}"
        time.sleep(_LOOK_AGAIN_SECONDS)
