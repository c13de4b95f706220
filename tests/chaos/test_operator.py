"""Operator, log faults and disk work as the nemesis expects: stop workers, run commands, await exits, fill up."""

import errno
import os
import random
from pathlib import Path

import pytest

from tests.chaos.deployments import EmbeddedDeployment
from tests.chaos.disk import Disk, mounted_disk
from tests.chaos.log_faults import LogFaults, exited_with
from tests.chaos.operator import CommandFailedError, Operator
from tests.chaos.process_exits import ProcessRun
from tests.chaos.workers import WorkerPool

FAILURE = (
    '{"event": "service_failed", "service": "holdings", "code": "foreign_positions", "error": "p.v1[3]@4: invalid"}\n'
)


async def test_stopped_worker_stays_stopped_until_the_operator_releases_it(tmp_path: Path) -> None:
    """A repair refuses to run beside a worker, so the supervisor must not restart one."""
    deployment = EmbeddedDeployment(tmp_path / "data")
    pool = WorkerPool(tmp_path, deployment.environment)
    operator = Operator(pool, deployment.environment, tmp_path)
    worker = pool.add("pipeline", str(deployment.directory), "0", "1")
    try:
        await worker.wait_for_start(after=0)
        async with operator.reserved({"pipeline"}) as taken, operator.stopped(taken):
            assert worker.under_fault
            starts, exits = worker.starts, worker.exit_count
            await operator.run("state", "repair", *deployment.arguments)
            assert not worker.alive
            assert (worker.starts, worker.exit_count) == (starts, exits)
        assert not worker.under_fault
        await worker.wait_for_start(after=starts)
    finally:
        await pool.close()


async def test_command_that_fails_for_good_fails_the_run(tmp_path: Path) -> None:
    """Retried are only temporary errors: no broker, or dead members that a group still lists."""
    operator = Operator(WorkerPool(tmp_path, {}), EmbeddedDeployment(tmp_path / "data").environment, tmp_path)
    with pytest.raises(CommandFailedError, match=r"state repair --data .* ended with \d+"):
        await operator.run("state", "repair", "--data", str(tmp_path / "nowhere"))


async def test_missing_reaction_to_a_fault_is_recorded(tmp_path: Path) -> None:
    """The figures of a run count it among the broken invariants."""
    deployment = EmbeddedDeployment(tmp_path / "data")
    pool = WorkerPool(tmp_path, deployment.environment)
    log_faults = LogFaults(pool, random.Random(1), deployment, Operator(pool, deployment.environment, tmp_path))  # noqa: S311 - no secret
    await log_faults.expect(lambda: True, "immediate reaction", within=0.01)
    assert log_faults.unanswered == []
    await log_faults.expect(lambda: False, "anything exits", within=0.01)
    assert [each.invariant for each in log_faults.unanswered] == ["faults are answered"]
    assert "not within 0 s: anything exits" in log_faults.unanswered[0].what


def test_only_an_exit_with_status_and_words_counts_as_reaction() -> None:
    """An exit of the same worker for another reason must not count."""
    assert exited_with(ProcessRun("holdings-1", 65, (FAILURE,)), 65, "p.v1[3]@")
    assert exited_with(ProcessRun("holdings-1", 65, (FAILURE,)), 65, "foreign_positions")
    assert not exited_with(ProcessRun("holdings-1", 75, (FAILURE,)), 65, "p.v1[3]@")
    assert not exited_with(ProcessRun("holdings-1", 65, (FAILURE,)), 65, "p.v1[2]@")
    assert not exited_with(ProcessRun("holdings-1", 65, ()), 65, "")


def test_full_disk_accepts_no_byte_until_it_is_cleared(tmp_path: Path) -> None:
    """Half a free page would let a small write through."""
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


def test_run_without_its_own_disk_fills_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may not mount skips the fault; it must never fill the machine's disk."""
    monkeypatch.setenv("PATH", "")
    with mounted_disk(tmp_path / "disk", 4) as disk:
        assert disk is None


def test_clearing_a_disk_that_was_never_filled_does_nothing(tmp_path: Path) -> None:
    """An interrupted volley clears the disk, too."""
    Disk(tmp_path).clear()
    assert list(tmp_path.iterdir()) == []
