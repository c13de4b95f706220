"""The output of a backfill: the plan from its options, the progress bar, and the closing lines."""

import asyncio
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from services.cli.__main__ import app
from services.cli.render.backfill_bar import BackfillBar, backfill_summary
from services.cli.running import backfill_run as backfill_module
from services.cli.running.backfill_run import make_plan, parse_forms, run_backfill
from services.cli.wiring.storage import Storage
from services.runtime.port import SourceService
from services.watcher.edgar.backfill import BackfillSource
from services.watcher.edgar.backfill_plan import Plan

FIRST, LAST = date(2024, 5, 1), date(2024, 5, 10)


def terminal() -> Console:
    """Return a terminal whose text can be read."""
    return Console(file=io.StringIO(), force_terminal=True, width=120, height=20, color_system=None)


def written(console: Console) -> str:
    """Return the text written to the console."""
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize(("text", "expected"), [("4,4/A", {"4", "4/A"}), (" 3 , 5/a ", {"3", "5/A"}), ("4,4", {"4"})])
def test_forms_are_a_list_in_either_case(text: str, expected: set[str]) -> None:
    """Spaces and lower case are accepted, as people type them."""
    assert parse_forms(text) == expected


@pytest.mark.parametrize("text", ["", "4,", "10-K", "4 4/A"])
def test_a_form_outside_section_16_is_refused(text: str) -> None:
    """A misspelt form must not lead to a backfill of nothing."""
    with pytest.raises(typer.BadParameter, match="is not a form; use 3, 3/A"):
        parse_forms(text)


def test_a_range_may_be_a_single_day() -> None:
    """The first and the last day are both included."""
    plan = make_plan(FIRST, FIRST, "4", archives=True)
    assert plan == Plan(FIRST, FIRST, frozenset({"4"}), archives=True)


def test_the_bar_shows_day_share_and_number_of_filings() -> None:
    """The example is in the middle of the fifth of ten days."""
    console = terminal()
    with BackfillBar(console) as bar:
        bar.begin(10, None)
        bar.publish(1_234, 0)
        bar.reach(date(2024, 5, 5), 4.5)
        bar._bar.refresh()
        shown = written(console)
    assert "2024-05-05" in shown
    assert "45%" in shown
    assert "1,234 filings" in shown
    assert "/s" in shown
    assert str(bar) == "1,234 filings published"


def test_nothing_is_drawn_without_a_terminal() -> None:
    """A log file has no use for a progress bar."""
    console = Console(file=io.StringIO(), force_terminal=False)
    with BackfillBar(console) as bar:
        bar.begin(10, None)
        bar.reach(LAST, 10)
    assert written(console) == ""


def test_a_reopened_source_repeats_no_note_and_keeps_the_count() -> None:
    """Earlier publications remain counted; a repeated note is shown once."""
    bar = BackfillBar(terminal())
    for _ in range(2):
        bar.begin(10, "a reason")
        bar.publish(1, 1)
    bar.end("another")
    assert bar.notes == ["a reason", "another"]
    assert str(bar) == "2 filings and 2 dead letters published"


def test_closing_lines_report_what_is_left_and_why() -> None:
    """The lines also say what to do about it."""
    bar = BackfillBar(terminal())
    bar.publish(7, 0)
    here = Storage(Path("here"))
    assert backfill_summary(bar, str(here), cut_short=False) == f"7 filings published.\nData: {here}"
    bar.leave(2)
    bar.end("a reason")
    assert backfill_summary(bar, str(here), cut_short=True).splitlines()[1:-1] == [
        "Stopped early; the same command continues from here.",
        "EDGAR did not deliver 2 filings; run the same command again to fetch the rest.",
        "Ended early: a reason.",
    ]


@pytest.mark.parametrize(("left", "status"), [(0, None), (3, 1)])
async def test_a_backfill_with_filings_left_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int, status: int | None
) -> None:
    """A script that runs the command must not take it for complete."""

    async def some(_engine: object, feeds: Sequence[SourceService], *_: object, **__: object) -> None:
        if left:
            feed = feeds[0].source()
            assert isinstance(feed, BackfillSource)
            feed._progress.leave(left)

    monkeypatch.setenv("INSIDERTAPE_EDGAR_CONTACT", "Jane Doe jane@example.com")
    monkeypatch.setattr(backfill_module, "run_pipeline", some)
    run = run_backfill(Plan(FIRST, LAST), Storage(tmp_path), None, asyncio.Event(), per_second=3)
    if status is None:
        await run
        return
    with pytest.raises(typer.Exit) as ended:
        await run
    assert ended.value.exit_code == status


def test_a_backfill_of_no_days_has_an_empty_bar() -> None:
    """All days belong to the watcher."""
    console = terminal()
    with BackfillBar(console) as bar:
        bar.begin(0, "all are the watcher's")
    assert str(bar) == "0 filings published"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "2024-05-01", "--to", "2024-04-30"), "2024-04-30 is before 2024-05-01"),
        (("--from", "1992-12-31"), "EDGAR's indexes begin on 1993-01-01"),
        (("--from", "2024-05-01", "--forms", "4,10-K"), "'10-K' is not a form; use 3, 3/A, 4, 4/A, 5, 5/A"),
        (("--from", "yesterday"), "does not match"),
        (("--from", "2024-05-01", "--rate", "9"), "less than or equal to 8"),
        ((), "--from"),
    ],
)
def test_an_impossible_request_is_refused_with_a_reason(words: tuple[str, ...], why: str) -> None:
    """The check comes before any request to EDGAR."""
    refused = CliRunner().invoke(app, ["backfill", *words], env={"COLUMNS": "200"})
    assert refused.exit_code == 2
    assert why in refused.output
