"""The counts and the output of a run."""

import asyncio
import io
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from msgspec.structs import asdict
from rich.console import Console

from contracts.alert_filter import AlertFilter
from contracts.codec import decode, encode
from contracts.envelope import DELIVERY_HEADER
from contracts.errors import Misconfigured
from contracts.structs import HoldingChanged
from contracts.topics import (
    ALERTS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    TRANSACTIONS,
    WATCHER_DEAD_LETTERS,
    Topic,
)
from services.cli.options.choices import AlertFormat
from services.cli.render.run_summary import farewell, welcome
from services.cli.running.live_output import DisplayOptions, LiveOutput
from services.cli.running.pipeline_run import run_all
from services.cli.running.run_counts import Counts
from services.cli.wiring.storage import Storage
from services.runtime.dead_letters import replay_marker
from services.runtime.port import Record
from tests.unit.cli.builders import OWNER, alert, bare_trade
from tests.unit.cli.command import SAMPLES

WIDTH = 200
DATA = Storage(Path("here"))


def counted(*records: Record) -> Counts:
    """Return the counts after the records."""
    counts = Counts()
    for record in records:
        counts.take(record)
    return counts


def test_a_marker_of_a_replay_is_not_counted_as_a_dead_letter() -> None:
    """An operator may replay dead letters during a run."""
    marker = replay_marker(PARSER_DEAD_LETTERS, 3, 7)
    assert not counted(Record(PARSER_DEAD_LETTERS.name, 3, 9, marker.key, marker.value, marker.headers)).any


def record(topic: Topic, *, partition: int = 0, subject: str = "") -> Record:
    """Return a record about the filing `subject`."""
    return Record(topic.name, partition, 0, b"k", b"v", (("ce_subject", subject.encode()),))


def commands(words: str) -> list[str]:
    """Return the commands in the text, as a shell would run them."""
    return [line.strip() for line in words.splitlines() if line.startswith("  insidertape")]


def test_a_joint_filing_is_one_filing() -> None:
    """Its owners' events follow one another in a partition; two partitions may alternate."""
    counts = counted(
        record(TRANSACTIONS, subject="a"),
        record(TRANSACTIONS, subject="a"),
        record(TRANSACTIONS, subject="b", partition=1),
        record(TRANSACTIONS, subject="a"),
        record(TRANSACTIONS, subject="c"),
    )
    assert counts.filings == 3


def alert_record(name: str, delivery: str = "live", **fields: Any) -> Record:
    """Return the record of an owner's alert, live or backfilled."""
    output = alert(owner={**asdict(OWNER), "name": name}, **fields)
    return Record(ALERTS.name, 0, 0, b"k", encode(output), ((DELIVERY_HEADER, delivery.encode()),))


def shown(*records: Record, **fields: Any) -> str:
    """Return the output of a run for the records."""
    console = Console(file=io.StringIO(), width=WIDTH)
    live = LiveOutput(DisplayOptions(**fields), console)
    for each in records:
        live.take(each)
    live.finish()
    assert live.counts.alerts == len(records)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_alerts_of_a_backfill_are_counted_and_shown_only_if_asked_for() -> None:
    """A backfill during the run would fill the terminal with alerts that are years old."""
    both = alert_record("NEW NORA"), alert_record("OLD OTTO", "backfill")
    assert "NEW NORA" in shown(*both)
    assert "OLD OTTO" not in shown(*both)
    assert "OLD OTTO" in shown(*both, wanted=AlertFilter(delivery="backfill"))


def test_a_run_shows_matching_alerts() -> None:
    """All alerts are counted and stored."""
    both = alert_record("NEW NORA"), alert_record("BUYING BEN", trades=[bare_trade("P", "A")])
    chosen = shown(*both, wanted=AlertFilter(side="buy"))
    assert "BUYING BEN" in chosen
    assert "NEW NORA" not in chosen


def test_jsonl_output_has_events_and_quiet_output_nothing() -> None:
    """Text for people goes elsewhere."""
    (line,) = shown(alert_record("NEW NORA"), form=AlertFormat.JSONL).splitlines()
    assert decode(line, HoldingChanged).owner.name == "NEW NORA"
    assert shown(alert_record("NEW NORA"), quiet=True) == ""
    assert [DisplayOptions(form).is_for_programs for form in AlertFormat] == [False, True, True, True]


def test_a_run_skips_records_that_are_not_alerts(capsys: pytest.CaptureFixture[str]) -> None:
    """Any program can write to a topic; one foreign record must not end the display."""
    console = Console(file=io.StringIO(), width=WIDTH)
    with LiveOutput(DisplayOptions(), console) as live:
        live.take(Record(ALERTS.name, 0, 0, b"k", b"not an alert", ()))
        live.take(alert_record("NEW NORA"))
        live.finish()
    assert isinstance(console.file, io.StringIO)
    assert "NEW NORA" in console.file.getvalue()
    said = capsys.readouterr().err
    assert f"Skipped {ALERTS.name}[0]@0" in said
    assert "1 record skipped." in said


def test_alerts_are_printed_above_the_bar_without_markup() -> None:
    """On a terminal the bar is redrawn below them; nothing in a filing is interpreted as markup."""
    console = Console(file=io.StringIO(), force_terminal=True, width=WIDTH, height=20, color_system=None)
    with LiveOutput(DisplayOptions(), console) as live:
        live.found(2)
        live.take(record(TRANSACTIONS, subject="a"))
        live.take(alert_record("[bold]NEW[/bold] NORA"))
        live.finish()
    assert isinstance(console.file, io.StringIO)
    output = console.file.getvalue()
    assert "[bold]NEW[/bold] NORA" in output
    assert output.index("NORA") < output.rindex("1 of 2 filings")


def test_an_unparsable_filing_counts_as_done() -> None:
    """Otherwise the bar would never reach its end; a report that holdings refused was parsed before."""
    counts = counted(record(PARSER_DEAD_LETTERS), record(WATCHER_DEAD_LETTERS), record(HOLDINGS_DEAD_LETTERS))
    assert (counts.dead_letters, counts.unparsed) == (3, 2)


def test_counts_are_described_in_words() -> None:
    """The singular is used for one, and thousands are grouped."""
    counts = counted(record(TRANSACTIONS, subject="a"), record(ALERTS), record(ALERTS), record(PARSER_DEAD_LETTERS))
    assert str(counts) == "1 filing parsed, 2 alerts, 1 dead letter"


def test_closing_lines_have_the_counts_the_data_and_suggestions() -> None:
    """Suggested commands use the same data; the last one continues watching the same directory."""
    said = farewell(counted(record(ALERTS)), 5, [Path("a dir")], DATA, width=WIDTH)
    assert said.startswith(f"\n0 filings parsed, 1 alert, 0 dead letters.\nData: {Path('here').resolve()}\n")
    assert [command.split("  ")[0] for command in commands(said)] == [
        "insidertape positions --data here",
        "insidertape alerts --side sell --min-value 1000000 --data here",
        "insidertape alerts --follow --format jsonl --data here",
        "insidertape gateway --data here",
        "insidertape run --source 'a dir' --data here",
    ]


def test_new_dead_letters_are_mentioned_with_their_command() -> None:
    """Without new dead letters they are not mentioned."""
    assert "insidertape dlq list" in farewell(counted(record(PARSER_DEAD_LETTERS)), 5, [], DATA, width=WIDTH)
    assert "dlq" not in farewell(counted(record(ALERTS)), 5, [], DATA, width=WIDTH)


def test_a_run_without_new_filings_prints_nothing_new() -> None:
    """The number of alerts so far is included if it is known."""
    assert farewell(Counts(), 33, [SAMPLES], DATA, width=WIDTH).startswith("\nNothing new. 33 alerts so far.\n")
    assert farewell(Counts(), None, [SAMPLES], DATA, width=WIDTH).startswith("\nNothing new.\n")


def test_a_run_without_alerts_suggests_only_another_run() -> None:
    """There is nothing to look at."""
    assert [command.split()[1] for command in commands(farewell(Counts(), 0, [SAMPLES], DATA, width=WIDTH))] == ["run"]


def test_a_run_without_a_source_names_the_missing_option() -> None:
    """The message appears only if there was nothing else to do."""
    assert "No source was given: use --source DIR or --edgar." in farewell(Counts(), 0, [], DATA, width=WIDTH)
    assert "No source" not in farewell(counted(record(ALERTS)), 1, [], DATA, width=WIDTH)


def test_on_a_narrow_terminal_descriptions_are_below_their_commands() -> None:
    """A command is never split over two lines."""
    said = farewell(Counts(), 1, [SAMPLES], DATA, width=80)
    assert "\n  insidertape positions --data here\n      current holdings of every owner\n" in said


def test_an_interrupted_run_reports_that_it_stopped_early() -> None:
    """Nothing is lost."""
    said = farewell(Counts(), 1, [SAMPLES], DATA, width=WIDTH, cut_short=True)
    assert "Stopped early; the next run continues from here." in said


def test_suggested_options_select_the_same_storage() -> None:
    """Any character may occur in a path; the default needs no option."""
    odd = Storage(Path("it's $HOME [x]"))
    assert shlex.split(odd.options) == ["--data", "it's $HOME [x]"]
    assert Storage().options == ""
    assert Storage().directory.name == "insidertape"
    kafka = Storage(Path("ignored"), "broker:9092")
    assert (kafka.options, str(kafka), kafka.has_data) == ("--kafka broker:9092", "Kafka at broker:9092", True)


def test_closing_lines_of_edgar_suggest_watching_it_again() -> None:
    """It needs no directory, so none is mentioned."""
    words = farewell(Counts(), 0, [], DATA, width=WIDTH, edgar=True)
    assert "No source" not in words
    assert any(command.startswith("insidertape run --edgar --data here") for command in commands(words))


def test_opening_lines_name_the_sources_and_how_to_stop() -> None:
    """If nothing is watched, it says so."""
    assert welcome([Path("a"), Path("b")], DATA).startswith("Watching a, b. Data: ")
    assert "Ctrl-C" in welcome([Path("a")], DATA)
    assert welcome([], DATA).startswith("No --source: processing only filings published by others.")
    assert welcome([Path("a")], DATA, edgar=True).startswith("Watching EDGAR, a. Data: ")


async def test_a_run_over_nothing_is_refused(tmp_path: Path) -> None:
    """With neither source nor data it could only wait forever, or leave an empty file behind."""
    with pytest.raises(Misconfigured, match="give --edgar, or --source DIR"):
        await run_all([], Storage(tmp_path / "data"), asyncio.Event(), once=True)
    assert not (tmp_path / "data").exists()


async def test_the_data_cannot_be_a_source(tmp_path: Path) -> None:
    """The log would publish itself, and change by that."""
    with pytest.raises(Misconfigured, match="cannot be both"):
        await run_all([tmp_path / "x" / ".."], Storage(tmp_path), asyncio.Event(), once=True)


async def test_an_interrupted_single_pass_ends_with_status_130(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 would mean that everything is done."""
    stop = asyncio.Event()
    stop.set()
    with pytest.raises(typer.Exit) as ended:
        await run_all([SAMPLES], Storage(tmp_path), stop, once=True)
    assert ended.value.exit_code == 130
    assert "Stopped early" in capsys.readouterr().out
