"""`insidertape run` from end to end, as a process of its own on the embedded engine."""

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
    """All alerts in the data, as they travel."""
    return [json.loads(line) for line in insidertape("alerts", "--format", "jsonl", "--data", data).stdout.splitlines()]


def test_one_pass_over_the_samples_shows_alerts_and_keeps_positions(tmp_path: Path) -> None:
    """Each sample's alert in a row; at the end where the data is, and what to try; logs only on standard error."""
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
    """Each filing counts once, however often it is looked at: no alert more, no position moved."""
    insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path)
    before = insidertape("positions", "--format", "jsonl", "--closed", "--data", tmp_path).stdout
    again = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path)
    assert again.returncode == 0
    assert f"Nothing new. {SAMPLE_ALERTS} alerts so far." in again.stdout
    assert len(alerts_in(tmp_path)) == SAMPLE_ALERTS
    assert insidertape("positions", "--format", "jsonl", "--closed", "--data", tmp_path).stdout == before


def test_a_changed_file_is_taken_in_again(tmp_path: Path) -> None:
    """What it says now is another filing; a file only touched or copied is none."""
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
def test_a_watching_run_ends_cleanly_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    """It takes in what comes meanwhile; told to end it says farewell, with status 0."""
    source = tmp_path / "source"
    source.mkdir()
    with running("run", "--source", source, "--data", tmp_path / "data") as run:
        run.out.until(f"Watching {source}")
        shutil.copy(SAMPLES / GIFT, source / "first.xml")
        run.out.until("gave 1,500")
        shutil.copy(SAMPLES / SALE, source / "second.xml")
        run.out.until("sold out")
        run.process.send_signal(number)
        farewell = run.out.rest()
        assert run.ends() == 0
    assert "2 filings parsed, 3 alerts, 0 dead letters." in farewell
    assert "Try next:" in farewell


def test_a_second_signal_ends_a_process_at_once() -> None:
    """Even work that never comes to its end, and cannot be cancelled; a shell sees that the signal ended it."""
    stubborn = """
import asyncio
from services.cli.application.process import run_command

async def work(stop):
    print("working", flush=True)
    await stop.wait()
    print("told to stop", flush=True)
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
            run.out.until("told to stop")
            run.process.send_signal(number)
            assert run.process.wait(timeout=PATIENCE) == -number


def test_a_run_whose_reader_leaves_ends_in_peace(tmp_path: Path) -> None:
    """`run | head -1`: one that watches ends; one pass still goes to its end; neither complains."""
    watching = insidertape_without_reader("run", "--source", SAMPLES, "--data", tmp_path / "watching")
    once = insidertape_without_reader("run", "--once", "--source", SAMPLES, "--data", tmp_path / "once")
    for left in (watching, once):
        assert left.returncode == 0
        assert all(json.loads(line)["level"] == "info" for line in left.stderr.splitlines())
    assert len(alerts_in(tmp_path / "once")) == SAMPLE_ALERTS


def test_a_watching_run_whose_reader_leaves_later_ends_too(tmp_path: Path) -> None:
    """With the next alert that nobody would see; it would else watch on for nobody."""
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
    """Stacked, and with a line that counts; no log lines between."""
    status, written = on_terminal("run", "--once", "--source", SAMPLES, "--data", tmp_path, columns=80)
    assert status == 0
    assert "looking for filings" in written
    assert "\x1b[?25h" in written  # the cursor is back
    assert "2025-05-12  QMRK  sold 16,585.5 at $36.25 ($601,224.38)" in written
    assert "  Common Stock: 16,585.5 → 0, sold out" in written
    assert "duration_ms" not in written  # what the log says of a batch


def test_a_terminal_of_two_hundred_columns_gets_a_table(tmp_path: Path) -> None:
    """With headings."""
    status, written = on_terminal("run", "--once", "--source", SAMPLES, "--data", tmp_path, columns=200)
    assert status == 0
    assert "Holding" in written


def test_a_run_shows_the_alerts_that_are_asked_for_and_keeps_all(tmp_path: Path) -> None:
    """Filters say what to show; the count at the end is of everything."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path, "--side", "BUY", "--min-value", "1e6")
    assert run.stdout.count("bought") == 6
    assert "sold" not in run.stdout.split("Try next:")[0]
    assert f"{SAMPLE_ALERTS} alerts" in run.stdout
    assert len(alerts_in(tmp_path)) == SAMPLE_ALERTS


def test_a_run_for_a_program_prints_events_alone(tmp_path: Path) -> None:
    """What is said to a person goes to standard error."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path, "--format", "jsonl")
    assert run.returncode == 0
    assert sorted(run.stdout.splitlines()) == sorted(
        insidertape("alerts", "--format", "jsonl", "--data", tmp_path).stdout.splitlines()
    )
    assert "23 filings parsed" in run.stderr


def test_a_quiet_run_says_only_what_came_of_it(tmp_path: Path) -> None:
    """For a job of the night: no alerts, no bar, no logs."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", tmp_path, "--quiet")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[1].startswith("23 filings parsed")
    status, written = on_terminal("run", "--once", "-q", "--source", SAMPLES, "--data", tmp_path / "2", columns=80)
    assert status == 0
    assert written.replace("\r", "").splitlines()[1].startswith("23 filings parsed")


def test_a_mistyped_run_says_what_is_wrong(tmp_path: Path) -> None:
    """No traceback, and no data directory left behind."""
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


def test_a_data_directory_that_cannot_be_one_is_an_error_in_words(tmp_path: Path) -> None:
    """A file is in its place."""
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
def test_every_command_explains_itself(words: list[str]) -> None:
    """In 80 columns, on standard output, with every default that a person cannot see elsewhere."""
    told = insidertape(*words, "--help", COLUMNS="80")
    assert told.returncode == 0
    assert f"insidertape {' '.join(words)}".rstrip() in told.stdout.replace("python -m services.cli", "insidertape")
    assert max(map(len, told.stdout.splitlines())) <= 80
    if "--data" in told.stdout:
        assert "Default:" in told.stdout


def test_the_command_says_its_version() -> None:
    """For a report of a defect."""
    assert insidertape("--version").stdout.startswith("insidertape 0.")


def test_a_watcher_does_not_watch_insidertapes_own_data(tmp_path: Path) -> None:
    """Each filing that it publishes there would be one more to publish."""
    EmbeddedLog(tmp_path).close()
    refused = insidertape("watcher", "--source", tmp_path, "--kafka", "127.0.0.1:1")
    assert refused.returncode == 78
    assert '"data_in_source"' in refused.stderr
    assert f"{tmp_path} contains insidertape's own data" in refused.stderr
