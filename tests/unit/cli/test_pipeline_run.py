"""What a run counts and says."""

import asyncio
import io
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from contracts.codec import decode, encode
from contracts.envelope import DELIVERY_HEADER
from contracts.errors import Misconfigured
from contracts.holding_changed import HoldingChanged
from contracts.topics import (
    ALERTS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    TRANSACTIONS,
    WATCHER_DEAD_LETTERS,
    Topic,
)
from services.cli.options.choices import Delivery, Format, Side
from services.cli.reading.event_filter import Filter
from services.cli.running.live_output import Counts, DisplayOptions, LiveOutput
from services.cli.running.pipeline_run import farewell, run_all, welcome
from services.cli.wiring.storage import Storage
from services.runtime.dead_letters import replay_marker
from services.runtime.port import Record
from tests.unit.cli.builders import OWNER, alert, bare_trade
from tests.unit.cli.command import SAMPLES

WIDTH = 200
DATA = Storage(Path("here"))


def counted(*records: Record) -> Counts:
    """The counts after the records."""
    counts = Counts()
    for record in records:
        counts.take(record)
    return counts


def test_a_marker_of_a_replay_is_not_counted_as_a_dead_letter() -> None:
    """Somebody may put letters back while a run goes on."""
    marker = replay_marker(PARSER_DEAD_LETTERS, 3, 7)
    assert not counted(Record(PARSER_DEAD_LETTERS.name, 3, 9, marker.key, marker.value, marker.headers)).any


def record(topic: Topic, *, partition: int = 0, subject: str = "") -> Record:
    """A record about the filing `subject`."""
    return Record(topic.name, partition, 0, b"k", b"v", (("ce_subject", subject.encode()),))


def commands(words: str) -> list[str]:
    """The commands among the words, as a shell would take them."""
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
    """Return the record of an owner's alert that came live or by backfill."""
    told = alert(owner={**OWNER.model_dump(), "name": name}, **fields)
    return Record(ALERTS.name, 0, 0, b"k", encode(told), ((DELIVERY_HEADER, delivery.encode()),))


def shown(*records: Record, **fields: Any) -> str:
    """Return what a run shows of the records."""
    console = Console(file=io.StringIO(), width=WIDTH)
    live = LiveOutput(DisplayOptions(**fields), console)
    for each in records:
        live.take(each)
    live.flush()
    assert live.counts.alerts == len(records)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_alerts_of_a_backfill_are_counted_and_shown_only_if_asked_for() -> None:
    """One beside the run would fill the terminal with what is years old."""
    both = alert_record("NEW NORA"), alert_record("OLD OTTO", "backfill")
    assert "NEW NORA" in shown(*both)
    assert "OLD OTTO" not in shown(*both)
    assert "OLD OTTO" in shown(*both, wanted=Filter(deliveries=[Delivery.BACKFILL]))


def test_a_run_shows_the_alerts_that_match() -> None:
    """All are counted, and all are kept."""
    both = alert_record("NEW NORA"), alert_record("BUYING BEN", trades=[bare_trade("P", "A")])
    chosen = shown(*both, wanted=Filter(sides=[Side.BUY]))
    assert "BUYING BEN" in chosen
    assert "NEW NORA" not in chosen


def test_a_run_for_a_program_prints_events_and_a_quiet_one_nothing() -> None:
    """Words to a person go elsewhere."""
    (line,) = shown(alert_record("NEW NORA"), form=Format.JSONL).splitlines()
    assert decode(line, HoldingChanged).owner.name == "NEW NORA"
    assert shown(alert_record("NEW NORA"), quiet=True) == ""
    assert [DisplayOptions(form).is_for_programs for form in Format] == [False, True, True]


def test_a_run_passes_over_what_is_not_an_alert(capsys: pytest.CaptureFixture[str]) -> None:
    """Anybody can write to a topic; one foreign record must not end what a person watches."""
    console = Console(file=io.StringIO(), width=WIDTH)
    with LiveOutput(DisplayOptions(), console) as live:
        live.take(Record(ALERTS.name, 0, 0, b"k", b"not an alert", ()))
        live.take(alert_record("NEW NORA"))
        live.flush()
    assert isinstance(console.file, io.StringIO)
    assert "NEW NORA" in console.file.getvalue()
    said = capsys.readouterr().err
    assert f"Skipped {ALERTS.name}[0]@0" in said
    assert "1 record skipped." in said


def test_alerts_stand_above_the_bar_as_they_are() -> None:
    """On a terminal the bar is drawn anew below them; nothing in a filing is taken for markup."""
    console = Console(file=io.StringIO(), force_terminal=True, width=WIDTH, height=20, color_system=None)
    with LiveOutput(DisplayOptions(), console) as live:
        live.found(2)
        live.take(record(TRANSACTIONS, subject="a"))
        live.take(alert_record("[bold]NEW[/bold] NORA"))
        live.flush()
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert "[bold]NEW[/bold] NORA" in told
    assert told.index("NORA") < told.rindex("1 of 2 filings")


def test_a_filing_that_could_not_be_parsed_is_one_that_is_done() -> None:
    """Else the bar would never come to its end; a report that holdings refused was parsed before."""
    counts = counted(record(PARSER_DEAD_LETTERS), record(WATCHER_DEAD_LETTERS), record(HOLDINGS_DEAD_LETTERS))
    assert (counts.dead_letters, counts.unparsed) == (3, 2)


def test_counts_are_said_in_words() -> None:
    """One is singular, thousands are grouped."""
    counts = counted(record(TRANSACTIONS, subject="a"), record(ALERTS), record(ALERTS), record(PARSER_DEAD_LETTERS))
    assert str(counts) == "1 filing parsed, 2 alerts, 1 dead letter"


def test_a_farewell_says_what_came_of_it_where_it_is_and_what_to_try() -> None:
    """Commands lead to the same data; the last goes on watching the same directory."""
    said = farewell(counted(record(ALERTS)), 5, [Path("a dir")], DATA, width=WIDTH)
    assert said.startswith(f"\n0 filings parsed, 1 alert, 0 dead letters.\nData: {Path('here').resolve()}\n")
    assert [command.split("  ")[0] for command in commands(said)] == [
        "insidertape positions --data here",
        "insidertape alerts --side sell --min-value 1000000 --data here",
        "insidertape alerts --follow --format jsonl --data here",
        "insidertape run --source 'a dir' --data here",
    ]


def test_dead_letters_are_pointed_to_where_there_are_new_ones() -> None:
    """And not where there are none."""
    assert "insidertape dlq list" in farewell(counted(record(PARSER_DEAD_LETTERS)), 5, [], DATA, width=WIDTH)
    assert "dlq" not in farewell(counted(record(ALERTS)), 5, [], DATA, width=WIDTH)


def test_nothing_new_is_said_in_words() -> None:
    """With the alerts there are so far, where that is known."""
    assert farewell(Counts(), 33, [SAMPLES], DATA, width=WIDTH).startswith("\nNothing new. 33 alerts so far.\n")
    assert farewell(Counts(), None, [SAMPLES], DATA, width=WIDTH).startswith("\nNothing new.\n")


def test_a_run_without_alerts_proposes_nothing_to_look_at() -> None:
    """There is nothing there."""
    assert [command.split()[1] for command in commands(farewell(Counts(), 0, [SAMPLES], DATA, width=WIDTH))] == ["run"]


def test_a_run_without_a_source_says_what_was_missing() -> None:
    """Where it found nothing else to do."""
    assert "No source was given: use --source DIR or --edgar." in farewell(Counts(), 0, [], DATA, width=WIDTH)
    assert "No source" not in farewell(counted(record(ALERTS)), 1, [], DATA, width=WIDTH)


def test_a_narrow_terminal_gets_meanings_below_their_commands() -> None:
    """A command is never broken in two."""
    said = farewell(Counts(), 1, [SAMPLES], DATA, width=80)
    assert "\n  insidertape positions --data here\n      current holdings of every owner\n" in said


def test_a_run_cut_short_says_so() -> None:
    """Nothing is lost."""
    said = farewell(Counts(), 1, [SAMPLES], DATA, width=WIDTH, cut_short=True)
    assert "Stopped early; the next run continues from here." in said


def test_places_lead_back_to_themselves() -> None:
    """Whatever the characters in a path; the default needs no option."""
    odd = Storage(Path("it's $HOME [x]"))
    assert shlex.split(odd.options) == ["--data", "it's $HOME [x]"]
    assert Storage().options == ""
    assert Storage().directory.name == "insidertape"
    kafka = Storage(Path("ignored"), "broker:9092")
    assert (kafka.options, str(kafka), kafka.has_data) == ("--kafka broker:9092", "Kafka at broker:9092", True)


def test_a_farewell_to_edgar_says_how_to_go_on_watching_it() -> None:
    """It needs no directory, and none is asked for."""
    words = farewell(Counts(), 0, [], DATA, width=WIDTH, edgar=True)
    assert "No source" not in words
    assert any(command.startswith("insidertape run --edgar --data here") for command in commands(words))


def test_a_welcome_says_what_is_watched_and_how_it_ends() -> None:
    """Or that nothing is."""
    assert welcome([Path("a"), Path("b")], DATA).startswith("Watching a, b. Data: ")
    assert "Ctrl-C" in welcome([Path("a")], DATA)
    assert welcome([], DATA).startswith("No --source: processing only filings published by others.")
    assert welcome([Path("a")], DATA, edgar=True).startswith("Watching EDGAR, a. Data: ")


async def test_a_run_over_nothing_is_refused(tmp_path: Path) -> None:
    """Neither source nor data: it could only wait for ever, or leave an empty file behind."""
    with pytest.raises(Misconfigured, match="give --edgar, or --source DIR"):
        await run_all([], Storage(tmp_path / "data"), asyncio.Event(), once=True)
    assert not (tmp_path / "data").exists()


async def test_the_data_cannot_be_a_source(tmp_path: Path) -> None:
    """The log would publish itself, and change by that."""
    with pytest.raises(Misconfigured, match="cannot be both"):
        await run_all([tmp_path / "x" / ".."], Storage(tmp_path), asyncio.Event(), once=True)


async def test_one_pass_that_is_told_to_stop_ends_with_the_status_of_an_interrupt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 would say that all is done."""
    stop = asyncio.Event()
    stop.set()
    with pytest.raises(typer.Exit) as ended:
        await run_all([SAMPLES], Storage(tmp_path), stop, once=True)
    assert ended.value.exit_code == 130
    assert "Stopped early" in capsys.readouterr().out
