"""`insidertape run` from end to end, as a process on the embedded engine."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.embedded.log import EmbeddedLog
from tests.unit.cli.command import (
    PATIENCE,
    ROOT,
    SAMPLE_ALERTS,
    SAMPLES,
    TYPED,
    environment,
    insidertape,
    insidertape_without_reader,
    on_terminal,
    running,
)

GIFT = "2024-12-20-quillmark-vance-form4-gift.xml"
SALE = "2025-05-13-quillmark-vance-form4-sale-of-everything-exit.xml"


def alerts_in(data: Path) -> list[dict[str, object]]:
    """Return all alerts in the data as JSON objects."""
    return [json.loads(line) for line in insidertape("alerts", "--format", "jsonl", "--data", data).stdout.splitlines()]


def test_one_pass_over_the_samples_shows_alerts_and_keeps_positions(tmp_path: Path) -> None:
    """Each alert has a row; the last lines name the data and what to try next; logs go to standard error."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path)
    assert run.returncode == 0, run.stderr
    assert f"23 filings parsed, {SAMPLE_ALERTS} alerts, 1 dead letter.\nData: {tmp_path}\n" in run.stdout
    assert "sold 16,585.5 at $36.25 ($601,224.38)" in run.stdout
    assert "16,585.5 → 0, sold out" in run.stdout
    assert f"{TYPED} positions --data {tmp_path}" in run.stdout
    assert all(json.loads(line) for line in run.stderr.splitlines())
    assert len(alerts_in(tmp_path)) == SAMPLE_ALERTS
    positions = insidertape("positions", "--data", tmp_path)
    assert "Fernhollow Energy Corp" in positions.stdout
    assert positions.stderr == ""


def test_a_second_pass_finds_nothing_new(tmp_path: Path) -> None:
    """Each filing counts once, however often it is found: no new alert, no changed position."""
    insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path)
    before = insidertape("positions", "--format", "jsonl", "--closed", "--data", tmp_path).stdout
    again = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path)
    assert again.returncode == 0
    assert f"Nothing new. {SAMPLE_ALERTS} alerts so far." in again.stdout
    assert len(alerts_in(tmp_path)) == SAMPLE_ALERTS
    assert insidertape("positions", "--format", "jsonl", "--closed", "--data", tmp_path).stdout == before


def test_a_changed_file_is_processed_again(tmp_path: Path) -> None:
    """A file with new content is a new filing; one that was only touched or copied is not."""
    source, data = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    shutil.copy(SAMPLES / GIFT, source / "filing.xml")
    assert "2 alerts," in insidertape("run", "--once", "--source", source, "--data", data).stdout
    shutil.copy(source / "filing.xml", source / "copy.xml")
    (source / "filing.xml").touch()
    assert "Nothing new." in insidertape("run", "--once", "--source", source, "--data", data).stdout
    shutil.copy(SAMPLES / SALE, source / "filing.xml")
    assert "sold out" in insidertape("run", "--once", "--source", source, "--data", data).stdout
    assert [alert["kind"] for alert in alerts_in(data)] == ["decreased", "restated", "closed"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_watching_run_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """It processes filings that arrive meanwhile; after the signal it prints a summary and exits with status 0."""
    source = tmp_path / "source"
    source.mkdir()
    with running("run", "--source", source, "--data", tmp_path / "data") as run:
        run.out.until(f"Watching {source}")
        shutil.copy(SAMPLES / GIFT, source / "first.xml")
        run.out.until("gave away 1,500")
        shutil.copy(SAMPLES / SALE, source / "second.xml")
        run.out.until("sold out")
        run.process.send_signal(number)
        farewell = run.out.rest()
        assert run.ends() == 0
    assert "2 filings parsed, 3 alerts, 0 dead letters." in farewell
    assert "Try next:" in farewell


def test_a_second_signal_ends_a_process_at_once() -> None:
    """This holds even for work that never ends and cannot be cancelled; a shell sees that the signal ended it."""
    stubborn = """
import asyncio
from services.cli.application.process import run_command

async def work(stop):
    print("working", flush=True)
    await stop.wait()
    print("asked to stop", flush=True)
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

run_command(work)
"""
    for number in (signal.SIGINT, signal.SIGTERM):
        with running(program=(sys.executable, "-c", stubborn)) as run:
            run.out.until("working")
            run.process.send_signal(number)
            run.out.until("asked to stop")
            run.process.send_signal(number)
            assert run.process.wait(timeout=PATIENCE) == -number


def test_a_run_whose_output_is_closed_ends_without_an_error(tmp_path: Path) -> None:
    """This is `run | head -1`: a watching run ends, a single pass still completes, and neither prints an error."""
    watching = insidertape_without_reader("run", "--source", SAMPLES, "--data", tmp_path / "watching")
    once = insidertape_without_reader("run", "--once", "--source", SAMPLES, "--data", tmp_path / "once")
    for left in (watching, once):
        assert left.returncode == 0
        assert all(json.loads(line)["level"] == "info" for line in left.stderr.splitlines())
    assert len(alerts_in(tmp_path / "once")) == SAMPLE_ALERTS


def test_a_watching_run_ends_when_its_output_is_closed_later(tmp_path: Path) -> None:
    """It ends with the next alert; otherwise it would continue with nobody reading."""
    source = tmp_path / "source"
    source.mkdir()
    program = [sys.executable, "-m", "services.cli", "run", "--source", str(source), "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        program, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline().startswith("Watching")
            run.stdout.close()
            shutil.copy(SAMPLES / GIFT, source / "first.xml")
            assert run.wait(timeout=PATIENCE) == 0
        finally:
            run.kill()


def test_a_terminal_of_eighty_columns_gets_lines_that_fit(tmp_path: Path) -> None:
    """The layout is stacked, with a progress line and without log lines between."""
    status, written = on_terminal("run", "--once", "--source", SAMPLES, "--data", tmp_path, columns=80)
    assert status == 0
    assert "looking for filings" in written
    assert "\x1b[?25h" in written  # the cursor is visible again
    assert "2025-05-12  QMRK  sold 16,585.5 at $36.25 ($601,224.38)" in written
    assert "  Common Stock: 16,585.5 → 0, sold out" in written
    assert "duration_ms" not in written  # from the log line of a batch


def test_a_terminal_of_two_hundred_columns_gets_a_table(tmp_path: Path) -> None:
    """A wide terminal has room for headings."""
    status, written = on_terminal("run", "--once", "--source", SAMPLES, "--data", tmp_path, columns=200)
    assert status == 0
    assert "Holding" in written


def test_a_run_with_filters_shows_matching_alerts_and_stores_all(tmp_path: Path) -> None:
    """Filters select what is shown; the final count includes everything."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path, "--side", "BUY", "--min-value", "1e6")
    assert run.stdout.count("bought") == 6
    assert "sold" not in run.stdout.split("Try next:")[0]
    assert f"{SAMPLE_ALERTS} alerts" in run.stdout
    assert len(alerts_in(tmp_path)) == SAMPLE_ALERTS


def test_a_run_with_jsonl_output_prints_only_events(tmp_path: Path) -> None:
    """Text for people goes to standard error."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path, "--format", "jsonl")
    assert run.returncode == 0
    assert sorted(run.stdout.splitlines()) == sorted(
        insidertape("alerts", "--format", "jsonl", "--data", tmp_path).stdout.splitlines()
    )
    assert "23 filings parsed" in run.stderr


def test_a_quiet_run_prints_only_its_summary(tmp_path: Path) -> None:
    """This is for nightly jobs: no alerts, no progress bar, no logs."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path, "--quiet")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[1].startswith("23 filings parsed")
    status, written = on_terminal("run", "--once", "-q", "--source", SAMPLES, "--data", tmp_path / "2", columns=80)
    assert status == 0
    assert written.replace("\r", "").splitlines()[1].startswith("23 filings parsed")


def test_a_run_with_a_wrong_option_names_the_mistake(tmp_path: Path) -> None:
    """There is no traceback, and no data directory is left behind."""
    for words, said, status in (
        (["run", "--once", "--source", tmp_path / "nowhere"], "nowhere is not a directory", 78),
        (["run", "--once"], "give --edgar, or --source DIR", 78),
        (["run", "--sauce", "x"], "No such option", 2),
        (["rum"], "No such command", 2),
    ):
        run = insidertape(*words, INSIDERTAPE_DATA=str(tmp_path / "data"))
        assert run.returncode == status, words
        assert said in run.stderr
        assert "Traceback" not in run.stderr
    assert not (tmp_path / "data").exists()


def test_a_file_as_the_data_directory_is_a_clear_error(tmp_path: Path) -> None:
    """A file has the directory's name."""
    (tmp_path / "file").touch()
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path / "file")
    assert run.returncode == 78
    assert json.loads(run.stderr.splitlines()[-1])["code"] == "unusable_data"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run"],
        ["alerts"],
        ["positions"],
        ["transactions"],
        ["parse"],
        ["backfill"],
        ["watcher"],
        ["parser"],
        ["holdings"],
        ["topics", "apply"],
        ["topics", "check"],
        ["dlq", "list"],
        ["dlq", "show"],
        ["dlq", "replay"],
    ],
    ids=" ".join,
)
def test_every_command_has_a_help_text(words: list[str]) -> None:
    """The help fits 80 columns, is on standard output, and has every default that is not documented elsewhere."""
    helped = insidertape(*words, "--help", COLUMNS="80")
    assert helped.returncode == 0
    assert f"insidertape {' '.join(words)}".rstrip() in helped.stdout.replace("python -m services.cli", "insidertape")
    assert max(map(len, helped.stdout.splitlines())) <= 80
    if "--data" in helped.stdout:
        assert "Default:" in helped.stdout


def test_version_is_printed() -> None:
    """A defect report needs it."""
    assert insidertape("--version").stdout.startswith("insidertape 0.")


def test_a_watcher_does_not_watch_insidertapes_own_data(tmp_path: Path) -> None:
    """Otherwise each filing that it publishes would create another file to publish."""
    EmbeddedLog(tmp_path).close()
    refused = insidertape("watcher", "--source", tmp_path, "--kafka", "127.0.0.1:1")
    assert refused.returncode == 78
    assert '"data_in_source"' in refused.stderr
    assert f"{tmp_path} contains insidertape's own data" in refused.stderr
