"""The lines to copy: they take the alerts of the filter, or say what they leave out."""

import shlex

import pytest
import typer.main

from contracts.alert_filter import AlertFilter
from services.cli.__main__ import app
from services.cli.options.filter_options import ALERT_FILTERS, filter_of
from services.gateway.page.subscribe_view import Way, ways_of

ORIGIN = "https://tape.example.com"
QUERIES = [
    "", "ticker=AMZN,TSLA", "issuer=Tesla, Inc.", "owner=musk", "kind=opened", "code=M", "side=sell",
    "direction=acquired", "role=ten-percent", "title=chief", "min_value=1000000", "min_shares=10.5",
    "min_change_percent=5", "table=derivative", "ownership=I", "form=4/A", "plan=yes", "late=yes", "amended=yes",
    "explanation=unknown", "delivery=live", "joint=first", "joint=all", "since=2024-01-01", "until=2024-12-31",
]  # fmt: skip


def query(text: str) -> AlertFilter:
    """Return the filter of one condition."""
    name, _, value = text.partition("=")
    return AlertFilter.from_query([(name, value)] if name else [])


def way(wanted: AlertFilter, name: str) -> Way:
    """Return one of the ways."""
    return next(each for each in ways_of(wanted, ORIGIN) if each.name == name)


def filter_of_command(line: str) -> AlertFilter:
    """Return the filter that the command line itself makes of the line."""
    words = shlex.split(line)
    assert words[:2] == ["insidertape", "alerts"]
    command = typer.main.get_command(app)
    alerts = command.commands["alerts"]  # type: ignore[attr-defined]  # of a group
    given = alerts.make_context("alerts", words[2:]).params
    return filter_of({name: given[name] for name in ALERT_FILTERS})


@pytest.mark.parametrize("text", QUERIES)
def test_command_takes_the_alerts_of_the_filter(text: str) -> None:
    """The command's own default is every owner of a joint filing, the filter's the first."""
    wanted = query(text)
    shown = way(wanted, "CLI")
    default = "all" if wanted.owner else "first"
    assert filter_of_command(shown.line) == wanted.model_copy(update={"joint": wanted.joint or default})
    assert shown.note == ""


def test_every_field_is_tried() -> None:
    """A new field needs an option, or a note."""
    assert {text.partition("=")[0] for text in QUERIES} - {""} == set(AlertFilter.model_fields)


@pytest.mark.parametrize(("text", "note"), [("late=no", "on time"), ("amended=no", "not in amendments")])
def test_command_says_what_it_cannot_filter(text: str, note: str) -> None:
    """Silence would mean that the line takes the same alerts."""
    shown = way(query(text), "CLI")
    assert note in shown.note
    assert text.partition("=")[0] not in shown.line
