"""The nemesis draws faults reproducibly, each once before any twice, and none that the deployment lacks."""

import random
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS
from tests.chaos.campaign import Figures
from tests.chaos.deployments import EmbeddedDeployment
from tests.chaos.disk import Disk
from tests.chaos.foreign_records import ForeignRecords
from tests.chaos.nemesis import EMBEDDED_FAULTS, KAFKA_FAULTS, Volley, supported_faults, volleys
from tests.chaos.timeline import CHAINS, PlannedFiling


def draw(faults: Mapping[str, int], seed: int, count: int) -> list[Volley]:
    """Return the first volleys of a run."""
    return list(islice(volleys(faults, random.Random(seed)), count))  # noqa: S311 - a plan, no secret


def test_equal_seeds_draw_equal_volleys() -> None:
    """A failed run can be repeated."""
    runs = [draw(KAFKA_FAULTS, seed, 40) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_every_fault_is_drawn_once_before_any_is_drawn_twice() -> None:
    """So that a short run also has all of them."""
    for faults in (KAFKA_FAULTS, EMBEDDED_FAULTS):
        struck = [fault for volley in draw(faults, 1, 40) for fault in volley]
        assert Counter(struck[: len(faults)]) == Counter(list(faults))
        assert set(struck[len(faults) :]) == set(faults)


def test_no_fault_occurs_twice_per_volley() -> None:
    """The broker above all: it cannot be killed while it starts."""
    for volley in draw(KAFKA_FAULTS, 1, 200):
        assert 1 <= len(volley) == len(set(volley)) <= 3


def test_unsupported_fault_is_left_out_and_reported(tmp_path: Path) -> None:
    """Without a disk to fill or a broker with passwords, all other faults still occur."""
    embedded = EmbeddedDeployment(tmp_path / "data")
    assert EMBEDDED_FAULTS.keys() - supported_faults(embedded) == {"full disk"}
    assert supported_faults(EmbeddedDeployment(tmp_path / "more", disk=Disk(tmp_path))) == dict(EMBEDDED_FAULTS)
    figures = Figures(recoveries=[1.0], unsupported=["full disk", "wrong password"])
    assert "| faults that this machine does not allow | full disk, wrong password |" in figures.table()


def test_foreign_records_have_every_shape_in_every_topic_and_unique_keys() -> None:
    """A repeated key among the positions would have one dead letter for two records."""
    foreign_records = ForeignRecords(partitions=4)
    foreign, state = list(foreign_records.foreign()), list(foreign_records.foreign_positions())
    assert {topic for topic, _, _ in foreign} == {FILINGS, TRANSACTIONS, ALERTS}
    assert {topic for topic, _, _ in state} == {POSITIONS}
    assert len({partition for _, partition, _ in state}) == 1
    assert {each.name for topic, _, each in foreign if topic is FILINGS} >= {"null-value", "null-key", "huge", "list"}
    again = [*foreign_records.foreign(), *foreign_records.foreign_positions()]
    keys = [each.key for _, _, each in (*foreign, *state, *again) if each.key is not None]
    assert len(keys) == len(set(keys))


def test_filings_with_strange_headers_have_parties_outside_the_timeline() -> None:
    """So that each adds one alert, however far the timeline has got."""
    burst = [each for topic, _, each in ForeignRecords(partitions=4).with_strange_headers() if topic is FILINGS]
    chapters = [PlannedFiling.of((each.key or b"").decode()) for each in burst]
    assert len({chapter.chain for chapter in chapters}) == len(burst)
    assert all(chapter.chain >= CHAINS and chapter.before == 0 < chapter.after for chapter in chapters)
    for each in burst:
        names = [name for name, _ in each.headers]
        assert len(names) > len(set(names))
        assert None in {value for _, value in each.headers}
        assert any(name != name.decode(errors="replace").encode() for name in names)


def test_table_has_a_row_for_each_figure() -> None:
    """The README of the campaign shows this table."""
    figures = Figures(seconds=90.0, injected=Counter({"SIGKILL": 2}), recoveries=[1.0, 4.0, 2.0])
    assert "| faults | 2: 2 x SIGKILL |" in figures.table()
    assert "| faults that this machine does not allow | none |" in figures.table()
    assert "| recovered after | 2.0 s (median), 4.0 s (slowest) |" in figures.table()
    assert figures.table().endswith("| broken invariants | 0 |")
