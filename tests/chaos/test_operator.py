"""Operator, harms and disk do what the nemesis counts on: stop members, run commands, wait for ends, fill up."""

import errno
import os
import random
from pathlib import Path

import pytest

from tests.chaos.crew import Crew
from tests.chaos.disk import Disk, mounted_disk
from tests.chaos.endings import Life
from tests.chaos.grounds import EmbeddedGround
from tests.chaos.harms import Harms, says
from tests.chaos.operator import CommandFailedError, Operator

FAILURE = (
    '{"event": "service_failed", "service": "holdings", "code": "foreign_positions", "error": "p.v1[3]@4: it is not"}\n'
)


async def test_a_stopped_member_stays_stopped_until_the_operator_starts_it_again(tmp_path: Path) -> None:
    """A repair refuses while a member runs, so the supervisor must not start one behind the operator's back."""
    ground = EmbeddedGround(tmp_path / "data")
    crew = Crew(tmp_path, ground.environment)
    operator = Operator(crew, ground.environment, tmp_path)
    member = crew.add("pipeline", str(ground.directory), "0", "1")
    try:
        await member.reborn(0)
        async with operator.taken({"pipeline"}) as taken, operator.stopped(taken):
            assert member.troubled
            lives, ends = member.lives, member.ends
            await operator.run("state", "repair", *ground.arguments)
            assert not member.alive
            assert (member.lives, member.ends) == (lives, ends)
        assert not member.troubled
        await member.reborn(lives)
    finally:
        await crew.close()


async def test_a_command_that_fails_for_good_fails_the_run(tmp_path: Path) -> None:
    """Only what passes by itself is tried again: no broker, or members that a group has not yet given up."""
    operator = Operator(Crew(tmp_path, {}), EmbeddedGround(tmp_path / "data").environment, tmp_path)
    with pytest.raises(CommandFailedError, match=r"state repair --data .* ended with \d+"):
        await operator.run("state", "repair", "--data", str(tmp_path / "nowhere"))


async def test_members_that_do_not_answer_a_fault_are_noted(tmp_path: Path) -> None:
    """The figures of a run count them among the broken invariants."""
    ground = EmbeddedGround(tmp_path / "data")
    crew = Crew(tmp_path, ground.environment)
    harms = Harms(crew, random.Random(1), ground, Operator(crew, ground.environment, tmp_path))  # noqa: S311 - no secret
    await harms.expect(lambda: True, "it holds at once", within=0.01)
    assert harms.unanswered == []
    await harms.expect(lambda: False, "anything ends", within=0.01)
    assert [each.invariant for each in harms.unanswered] == ["faults are answered"]
    assert "it was not so that anything ends" in harms.unanswered[0].what


def test_an_end_answers_a_fault_only_with_its_status_and_its_words() -> None:
    """Another end of the same member, before or for another cause, is no answer."""
    assert says(Life("holdings-1", 65, (FAILURE,)), 65, "p.v1[3]@")
    assert says(Life("holdings-1", 65, (FAILURE,)), 65, "foreign_positions")
    assert not says(Life("holdings-1", 75, (FAILURE,)), 65, "p.v1[3]@")
    assert not says(Life("holdings-1", 65, (FAILURE,)), 65, "p.v1[2]@")
    assert not says(Life("holdings-1", 65, ()), 65, "")


def test_a_filled_disk_takes_no_byte_until_it_is_cleared(tmp_path: Path) -> None:
    """Half a page left would let a small write through."""
    with mounted_disk(tmp_path / "disk", 4) as disk:
        if disk is None:
            pytest.skip("this process may not mount a disk")
        disk.data.mkdir()
        file = os.open(disk.data / "log", os.O_CREAT | os.O_WRONLY)
        disk.fill()
        with pytest.raises(OSError, match="No space left") as full:
            os.write(file, b"x")
        assert full.value.errno == errno.ENOSPC
        disk.clear()
        assert os.write(file, b"x") == 1
        os.close(file)


def test_without_a_disk_of_its_own_a_run_has_none_to_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may not mount leaves the fault out: it must never fill the machine's own disk."""
    monkeypatch.setenv("PATH", "")
    with mounted_disk(tmp_path / "disk", 4) as disk:
        assert disk is None


def test_clearing_a_disk_that_was_never_filled_is_nothing(tmp_path: Path) -> None:
    """A volley that was cut short gives the space back all the same."""
    Disk(tmp_path).clear()
    assert list(tmp_path.iterdir()) == []
