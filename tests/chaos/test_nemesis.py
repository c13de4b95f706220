"""The nemesis deals as it should: by its seed, every fault first once, and a broker only while there is one to kill."""

import random
from collections import Counter
from collections.abc import Mapping
from itertools import islice

from tests.chaos.campaign import Figures
from tests.chaos.nemesis import EMBEDDED_FAULTS, KAFKA_FAULTS, Volley, volleys


def dealt(faults: Mapping[str, int], seed: int, count: int) -> list[Volley]:
    """The first volleys of a run."""
    return list(islice(volleys(faults, random.Random(seed)), count))  # noqa: S311 - a plan, no secret


def test_a_seed_decides_what_strikes_when() -> None:
    """A run that failed can be held again; another seed is another run."""
    runs = [dealt(KAFKA_FAULTS, seed, 40) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_every_fault_strikes_once_before_any_strikes_twice() -> None:
    """So that a short run, too, meets all of them."""
    for faults in (KAFKA_FAULTS, EMBEDDED_FAULTS):
        struck = [fault for volley in dealt(faults, 1, 40) for fault in volley]
        assert Counter(struck[: len(faults)]) == Counter(list(faults))
        assert set(struck[len(faults) :]) == set(faults)


def test_no_fault_is_twice_in_a_volley() -> None:
    """Above all the broker: it cannot be killed while it is being started."""
    for volley in dealt(KAFKA_FAULTS, 1, 200):
        assert 1 <= len(volley) == len(set(volley)) <= 3


def test_the_table_has_a_row_for_each_figure() -> None:
    """As the README shows it."""
    figures = Figures(seconds=90.0, struck=Counter({"SIGKILL": 2}), recoveries=[1.0, 4.0, 2.0])
    assert "| faults | 2: 2 x SIGKILL |" in figures.table()
    assert "| moved again after | 2.0 s (median), 4.0 s (slowest) |" in figures.table()
    assert figures.table().endswith("| broken invariants | 0 |")
