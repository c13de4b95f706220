"""A full disk ends the process with one line; with free space it continues, and nothing is lost or duplicated."""

import json
from contextlib import closing

import pytest

from contracts.errors import StorageFailed
from services.runtime.embedded.log import EmbeddedLog
from tests.storage.disks import SAMPLES, Result, mounted, result_of, run_samples
from tests.unit.cli.command import SAMPLE_ALERTS, insidertape


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return the alerts and positions of a run on a disk with enough space."""
    data = tmp_path_factory.mktemp("undisturbed")
    run_samples(data)
    return result_of(data)


@pytest.mark.parametrize("size", ["4k", "48k", "96k", "160k", "320k", "640k"])
def test_disk_that_fills_up_during_a_run_loses_and_duplicates_nothing(size: str, undisturbed: Result) -> None:
    """Each size fails at another step: while the file is created, in a batch of some service, or at the end."""
    with mounted(size) as disk:
        data = disk.directory / "data"
        with pytest.raises(StorageFailed, match=r"disk_full: the disk of .* free some space and start again"):
            run_samples(data)
        disk.empty()
        run_samples(data)
        assert result_of(data) == undisturbed


def test_disk_without_room_for_the_checkpoint_keeps_what_was_committed(undisturbed: Result) -> None:
    """SQLite merges its files when it closes; what does not fit stays in the -wal file."""
    with mounted() as disk:
        data = disk.directory / "data"
        log = EmbeddedLog(data)
        run_samples(data)  # the files are not merged as long as `log` is open
        disk.fill()
        log.close()
        assert result_of(data) == undisturbed
        disk.empty()
        run_samples(data)
        assert result_of(data) == undisturbed


def test_full_disk_is_reported_in_one_line_and_readers_still_work() -> None:
    """The line names the file and what to do; alerts can still be read without any free space."""
    with mounted() as disk:
        data = disk.directory / "data"
        run_samples(data)
        (disk.directory / "more").mkdir()
        sale = next(SAMPLES.glob("*form4-sale*.xml")).read_text()
        (disk.directory / "more" / "new.xml").write_text(sale.replace("</remarks>", " Filed again.</remarks>") + "\n")
        disk.fill()
        run = insidertape("run", "--once", "-q", "--source", disk.directory / "more", "--data", data)
        assert run.returncode == 74, run.stderr
        (line,) = run.stderr.splitlines()
        assert (json.loads(line)["event"], json.loads(line)["code"]) == ("service_failed", "disk_full")
        assert f"the disk of {data}" in line
        alerts = insidertape("alerts", "--format", "jsonl", "--data", data)
        assert (alerts.returncode, alerts.stderr) == (0, "")
        assert len({json.loads(each)["alert_id"] for each in alerts.stdout.splitlines()}) == SAMPLE_ALERTS


def test_commit_on_a_full_disk_leaves_the_log_usable() -> None:
    """The error must not leave an open transaction."""
    with mounted() as disk, closing(EmbeddedLog(disk.directory)) as log:
        disk.fill()
        for _ in range(2):
            with pytest.raises(StorageFailed, match="disk_full"):
                log.heartbeat("g", "m" * 100_000, now_ms=0, lasts_ms=1)
        disk.empty()
        assert log.heartbeat("g", "m", now_ms=0, lasts_ms=1) == ["m"]


def test_opening_for_writing_on_a_full_disk_reports_a_full_disk() -> None:
    """SQLite cannot create its other files, and reports an I/O error."""
    with mounted() as disk:
        EmbeddedLog(disk.directory).close()
        disk.fill()
        with pytest.raises(StorageFailed, match="disk_full"):
            EmbeddedLog(disk.directory)
