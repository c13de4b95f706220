"""`insidertape transactions`: the reported lines of filings, read from the log."""

import csv
import io
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from contracts.codec import decode
from contracts.structs import TransactionsReported
from tests.unit.cli.command import SAMPLES, data_of_samples, insidertape, insidertape_without_reader, running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data of one pass over the samples."""
    return data_of_samples(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def reports() -> list[TransactionsReported]:
    """Return the samples' reports, as `parse` prints them."""
    return [decode(line, TransactionsReported) for line in insidertape("parse", SAMPLES).stdout.splitlines()]


def printed(data: Path, *words: str) -> list[str]:
    """Return the lines that the command prints about the data."""
    shown = insidertape("transactions", *words, "--data", data)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.splitlines()


def objects(data: Path, *words: str) -> list[dict[str, Any]]:
    """Return the objects that the command prints."""
    return [json.loads(line) for line in printed(data, "--format", "jsonl", *words)]


def test_every_line_of_every_filing_is_listed_once_per_owner(data: Path, reports: list[TransactionsReported]) -> None:
    """They equal the output of `parse`: the log loses nothing and adds nothing."""
    expected = sorted(
        (report.filing.filing_id, report.owner_index, line.line)
        for report in reports
        for line in (*report.transactions, *report.holdings)
    )
    found = objects(data)
    keys = [(each["filing"]["filing_id"], each["owner_index"], each["line"]["line"]) for each in found]
    assert sorted(keys) == expected
    rows = list(csv.DictReader(io.StringIO("\n".join(printed(data, "--format", "csv")))))
    assert len(rows) == len(expected)


def test_lines_are_filtered_one_by_one(data: Path) -> None:
    """Lines are selected by kind, by owner and by value."""
    sales = objects(data, "--side", "sell")
    assert {each["line"]["code"] for each in sales} == {"S"}
    assert {each["kind"] for each in objects(data, "--trades")} == {"transaction"}
    assert {each["owner_index"] for each in objects(data, "--first-owner")} == {0}
    assert {each["issuer"]["name"] for each in objects(data, "--ticker", "qmrk")} == {"QUILLMARK SYSTEMS, INC."}
    worth = objects(data, "--min-value", "600000", "--disposed")
    assert [each["line"]["shares"] for each in worth] == ["16585.5"]


def test_the_table_describes_each_trade_in_words(data: Path) -> None:
    """It is grouped by filing and owner, at any width."""
    wide = insidertape("transactions", "--ticker", "QMRK", "--side", "sell", "--data", data).stdout
    assert "had 4,200 withheld" not in wide
    assert "sold 16,585.5 at $36.25 ($601,224.38)" in wide
    assert "Form 4  QMRK QUILLMARK SYSTEMS, INC.: VANCE ELENA R, Chief Financial Officer" in wide
    narrow = insidertape("transactions", "--ticker", "QMRK", "--side", "sell", "--data", data, COLUMNS="80").stdout
    assert max(map(len, narrow.splitlines())) <= 80


def test_a_filter_that_matches_nothing_prints_a_message(data: Path) -> None:
    """The message is on standard error; filters that only apply to alerts are refused."""
    shown = insidertape("transactions", "--owner", "nobody", "--data", data)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "No lines match the filter.\n")
    assert insidertape("transactions", "--late", "--data", data).returncode == 2


def test_lines_are_followed_from_another_process(tmp_path: Path) -> None:
    """Started before the first run, the command waits for the data; Ctrl-C ends it with status 0."""
    data = tmp_path / "data"
    with running("transactions", "--follow", "--format", "jsonl", "--data", data) as following:
        following.err.until("waiting for a run")
        data_of_samples(data)
        assert json.loads(following.out.next())["filing"]
        following.process.send_signal(signal.SIGINT)
        assert following.ends() == 0


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_a_closed_pipe_is_not_an_error(data: Path, form: str) -> None:
    """This happens with `| head -1`, in any format."""
    left = insidertape_without_reader("transactions", "--format", form, "--data", data)
    assert (left.returncode, left.stderr) == (0, "")
