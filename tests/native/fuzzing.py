"""A seeded search for mutants that the native reader answers otherwise than Python."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from contracts.errors import InvalidFiling
from contracts.filing_published import Hints
from services.parser.content import decode
from tests.native.differential import FACTS, agreeing_hints, contents, difference
from tests.native.mutants import mutate

LARGEST: Final = 24 * 1024
"""Characters of the largest filing that is mutated: Python's reading of it is what takes the time."""


@dataclass(slots=True)
class Tally:
    """The numbers of mutants and of answers so far, and the last difference: the mutant and what differs."""

    mutants: int = 0
    answered: int = 0
    difference: tuple[str, str] | None = None


def seeds(*folders: Path) -> list[tuple[str, Hints]]:
    """Return the filings that mutation begins with, and hints that agree with each; none that is large or refused."""
    found = []
    for content in contents(*folders):
        with suppress(InvalidFiling):
            text = decode(content)
            if len(text) <= LARGEST:
                found.append((text, agreeing_hints(text)))
    return found


def search(seed: int, *folders: Path) -> Iterator[Tally]:
    """Yield the tally after each mutant of the filings in the folders, without end. A seed repeats its mutants."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    filings = seeds(*folders)
    tally = Tally()
    for tally.mutants in count(1):
        text, hints = rng.choice(filings)
        facts = rng.choice((*FACTS, {"hints": hints}))
        mutant = mutate(text, rng)
        content = mutant if rng.random() < 0.5 else mutant.encode("utf-8", "surrogatepass")
        answer, found = difference(content, **facts)
        tally.answered += answer is not None
        tally.difference = (mutant, found) if found else None
        yield tally
