"""The nemesis deals as it should: by its seed, every fault first once, and a broker only while there is one to kill."""

import random
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS
from tests.chaos.campaign import Figures
from tests.chaos.disk import Disk
from tests.chaos.grounds import EmbeddedGround
from tests.chaos.nemesis import EMBEDDED_FAULTS, KAFKA_FAULTS, Volley, faults_on, volleys
from tests.chaos.story import CHAINS, Chapter
from tests.chaos.strangers import Strangers


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


def test_a_fault_that_the_ground_does_not_allow_is_left_out_and_named(tmp_path: Path) -> None:
    """Without a disk to fill and a broker that asks for passwords, all else is dealt."""
    embedded = EmbeddedGround(tmp_path / "data")
    assert EMBEDDED_FAULTS.keys() - faults_on(embedded) == {"full disk"}
    assert faults_on(EmbeddedGround(tmp_path / "more", disk=Disk(tmp_path))) == dict(EMBEDDED_FAULTS)
    figures = Figures(recoveries=[1.0], left_out=["full disk", "wrong password"])
    assert "| faults that this machine does not allow | full disk, wrong password |" in figures.table()


def test_strangers_write_every_shape_into_every_topic_and_no_key_twice() -> None:
    """A key that is there twice among the positions would have one dead letter for two records."""
    strangers = Strangers(partitions=4)
    foreign, state = list(strangers.foreign()), list(strangers.foreign_positions())
    assert {topic for topic, _, _ in foreign} == {FILINGS, TRANSACTIONS, ALERTS}
    assert {topic for topic, _, _ in state} == {POSITIONS}
    assert len({partition for _, partition, _ in state}) == 1
    assert {each.name for topic, _, each in foreign if topic is FILINGS} >= {"null-value", "null-key", "huge", "list"}
    again = [*strangers.foreign(), *strangers.foreign_positions()]
    keys = [each.key for _, _, each in (*foreign, *state, *again) if each.key is not None]
    assert len(keys) == len(set(keys))


def test_filings_with_strange_headers_are_of_parties_that_the_story_does_not_have() -> None:
    """So that each is one more alert, whatever the story has come to by then."""
    burst = [each for topic, _, each in Strangers(partitions=4).with_strange_headers() if topic is FILINGS]
    chapters = [Chapter.of((each.key or b"").decode()) for each in burst]
    assert len({chapter.chain for chapter in chapters}) == len(burst)
    assert all(chapter.chain >= CHAINS and chapter.before == 0 < chapter.after for chapter in chapters)
    for each in burst:
        names = [name for name, _ in each.headers]
        assert len(names) > len(set(names))
        assert None in {value for _, value in each.headers}
        assert any(name != name.decode(errors="replace").encode() for name in names)


def test_the_table_has_a_row_for_each_figure() -> None:
    """As the README shows it."""
    figures = Figures(seconds=90.0, struck=Counter({"SIGKILL": 2}), recoveries=[1.0, 4.0, 2.0])
    assert "| faults | 2: 2 x SIGKILL |" in figures.table()
    assert "| faults that this machine does not allow | none |" in figures.table()
    assert "| moved again after | 2.0 s (median), 4.0 s (slowest) |" in figures.table()
    assert figures.table().endswith("| broken invariants | 0 |")
