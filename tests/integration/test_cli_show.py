"""`insidertape alerts` and `insidertape positions` after a finished run, and during a run."""

import csv
import io
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.codec import decode
from contracts.structs import HoldingChanged, PositionsUpdated
from tests.unit.cli.command import (
    SAMPLE_ALERTS,
    SAMPLES,
    TYPED,
    data_of_samples,
    insidertape,
    insidertape_without_reader,
    running,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data of one pass over the samples."""
    return data_of_samples(tmp_path_factory.mktemp("data"))


def lines(data: Path, *words: str) -> list[str]:
    """Return the lines that a command prints about the data."""
    shown = insidertape(*words, "--data", data)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.splitlines()


def alerts(data: Path, *words: str) -> list[HoldingChanged]:
    """Return the alerts that a command prints."""
    return [decode(line, HoldingChanged) for line in lines(data, "alerts", "--format", "jsonl", *words)]


def rows(data: Path, *words: str) -> Iterator[dict[str, str]]:
    """Return the rows of CSV that a command prints."""
    return csv.DictReader(io.StringIO("\n".join(lines(data, *words, "--format", "csv"))))


def test_every_format_shows_every_alert(data: Path) -> None:
    """JSON lines and CSV agree; the table has one date per alert."""
    expected = alerts(data)
    assert len(expected) == SAMPLE_ALERTS
    assert [row["alert_id"] for row in rows(data, "alerts") if row["trade"] in {"", "0"}] == [
        each.alert_id for each in expected
    ]
    assert sum(row["trade"] != "" for row in rows(data, "alerts")) == sum(len(each.trades) for each in expected)
    assert sum(line[:4].isdigit() for line in lines(data, "alerts")) == SAMPLE_ALERTS


def test_alerts_are_filtered(data: Path) -> None:
    """Each condition is tried alone, and all of them together."""
    assert {each.issuer.name for each in alerts(data, "--ticker", "qmrk")} == {"QUILLMARK SYSTEMS, INC."}
    assert {each.owner.name for each in alerts(data, "--owner", "okafor")} == {"OKAFOR DANIEL T"}
    assert {each.kind for each in alerts(data, "--kind", "closed", "--kind", "restated")} == {"closed", "restated"}
    assert all(any(trade.code == "S" for trade in each.trades) for each in alerts(data, "--side", "sell"))
    assert alerts(data, "--side", "sell") == alerts(data, "--code", "s")
    large = alerts(data, "--min-value", "$1,000,000", "--side", "BUY", "--issuer", "fernhollow")
    assert len(large) == 6
    assert all(float(each.trades[0].value or 0) >= 1_000_000 for each in large)
    assert len(alerts(data, "--min-value", "1e6", "--side", "buy", "--first-owner")) == 2
    assert {each.days_late for each in alerts(data, "--late")} == {9}
    assert alerts(data, "--role", "ten-percent", "--since", "2025-01-01", "--until", "2025-02-01", "--disposed")


def test_a_filter_that_matches_nothing_prints_a_message(data: Path) -> None:
    """The message is on standard error and the output is empty; this is not a failure."""
    for command, message in (
        ("alerts", "No alerts match the filter."),
        ("positions", "No positions match the filter."),
    ):
        shown = insidertape(command, "--ticker", "NONESUCH", "--data", data)
        assert (shown.returncode, shown.stdout, shown.stderr.strip()) == (0, "", message)


def test_an_invalid_filter_is_refused(data: Path) -> None:
    """The error names the valid values."""
    for words, message in (
        (["--kind", "sold"], "restated"),
        (["--code", "sale"], "not a transaction code"),
        (["--min-value", "much"], "not an amount"),
        (["--min-shares", "-1"], "is negative"),
        (["--since", "soon"], "not a date"),
        (["--format", "xlsx"], "jsonl"),
    ):
        shown = insidertape("alerts", *words, "--data", data)
        assert shown.returncode == 2
        assert message in shown.stderr


def test_positions_are_the_latest_of_each_owner_in_each_issuer(data: Path) -> None:
    """There is one event per owner and issuer; closed positions are shown only with --closed."""
    updates = [decode(line, PositionsUpdated) for line in lines(data, "positions", "--format", "jsonl", "--closed")]
    pairs = [(each.issuer.key, each.owner.key) for each in updates]
    assert len(set(pairs)) == len(pairs)
    shown = list(rows(data, "positions"))
    assert not [row for row in shown if row["shares"] == "0"]
    closed = list(rows(data, "positions", "--closed"))
    assert [row for row in closed if row["shares"] == "0" and row["ticker"] == "QMRK"]
    assert len(closed) == sum(len(each.positions) for each in updates)


def test_positions_are_filtered_by_their_parties_and_by_their_alerts(data: Path) -> None:
    """Kind, code and value are those of an alert about the position."""
    assert {row["owner"] for row in rows(data, "positions", "--owner", "lindqvist")} == {"Lindqvist Sven A"}
    assert {row["ticker"] for row in rows(data, "positions", "--ticker", "ORLM")} == {"ORLM"}
    for words in (
        ["--code", "S"],
        ["--kind", "opened"],
        ["--min-value", "100000"],
        ["--acquired", "--since", "2025-01-01"],
    ):
        expected = {each.position.position_id for each in alerts(data, *words)}
        shown = {row["position_id"] for row in rows(data, "positions", "--closed", *words)}
        assert shown == expected, words
    assert [row["shares"] for row in rows(data, "positions", "--kind", "closed")] == ["0"]


def test_positions_cannot_be_followed_with_a_filter_on_alerts(data: Path) -> None:
    """Following alerts does that, and the message says so."""
    shown = insidertape("positions", "--follow", "--kind", "closed", "--data", data)
    assert shown.returncode == 2
    assert f"`{TYPED} alerts --follow --data {data}`" in " ".join(shown.stderr.split())


@pytest.mark.parametrize(
    "command", [["alerts"], ["positions"], ["transactions"], ["dlq", "list"], ["dlq", "replay", "--all"]]
)
def test_before_the_first_run_there_is_nothing_to_show(tmp_path: Path, command: list[str]) -> None:
    """The error says what creates the data, and no data directory is created."""
    shown = insidertape(*command, "--data", tmp_path / "none")
    assert shown.returncode == 78
    missing = tmp_path / "none"
    assert f"no_data: there is no insidertape data in {missing}; `{TYPED} run --data {missing}`" in shown.stderr
    assert not (tmp_path / "none").exists()


def test_after_a_run_without_filings_there_is_nothing_to_show(tmp_path: Path) -> None:
    """Each command reports this without an error."""
    (tmp_path / "source").mkdir()
    insidertape("run", "--once", "--source", tmp_path / "source", "--data", tmp_path / "data")
    for words, message in (
        (["alerts"], "There are no alerts yet."),
        (["positions"], "There are no positions yet."),
        (["transactions"], "No filings have been parsed yet."),
        (["dlq", "list"], "There are no dead letters."),
    ):
        shown = insidertape(*words, "--data", tmp_path / "data")
        assert (shown.returncode, shown.stderr.strip()) == (0, message)


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_a_closed_pipe_is_not_an_error(data: Path, form: str) -> None:
    """This happens with `| head -1`, in any format."""
    left = insidertape_without_reader("alerts", "--format", form, "--data", data)
    assert (left.returncode, left.stderr) == (0, "")


def test_alerts_are_followed_from_another_process(tmp_path: Path) -> None:
    """Started before the first run, it waits for the data, then shows each alert; Ctrl-C ends it with status 0."""
    data = tmp_path / "data"
    with running("alerts", "--follow", "--format", "jsonl", "--data", data) as following:
        following.err.until("waiting for a run")
        run = insidertape("run", "--once", "--source", SAMPLES, "--data", data)
        assert run.returncode == 0, run.stderr
        expected = [json.loads(following.out.next())["alert_id"] for _ in range(SAMPLE_ALERTS)]
        following.process.send_signal(signal.SIGINT)
        assert following.out.rest() == []
        assert following.ends() == 0
    assert expected == [each.alert_id for each in alerts(data)]


def test_positions_are_followed_from_another_process(tmp_path: Path) -> None:
    """Current positions are shown first, then each update, including those that close a position, under one heading."""
    early, late, data = tmp_path / "early", tmp_path / "late", tmp_path / "data"
    for directory, name in ((early, "2024-12-20-quillmark-vance-form4-gift.xml"), (late, "2025-05-13-quillmark")):
        directory.mkdir()
        (sample,) = SAMPLES.glob(f"{name}*")
        (directory / sample.name).write_bytes(sample.read_bytes())
    insidertape("run", "--once", "--source", early, "--data", data)
    with running("positions", "--follow", "--format", "csv", "--data", data) as following:
        standing = [following.out.next() for _ in range(3)]
        insidertape("run", "--once", "--source", late, "--data", data)
        closing = following.out.until("2025-05-12")
        following.process.send_signal(signal.SIGTERM)
        assert following.ends() == 0
        expected = [standing[0], *standing[1:], closing, *following.out.rest()]
    shown = list(csv.DictReader(io.StringIO("\n".join(expected))))
    assert [row["shares"] for row in shown if row["ownership"] == "D"] == ["16500", "0"]
