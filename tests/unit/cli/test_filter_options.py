"""The filters as options: what their values may be, and what a command makes of them."""

from enum import StrEnum
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from contracts import alert_filter
from contracts.alert_filter import AlertFilter
from contracts.enumerations import FormType, Ownership, Table
from contracts.envelope import Delivery
from contracts.holding_changed import ChangeKind, Explanation
from services.cli.options import choices
from services.cli.options.common_options import FLAG
from services.cli.options.filter_options import (
    ALERT_FILTERS,
    LINE_FILTERS,
    filter_of,
    with_filters,
)
from services.cli.reading.event_filter import EVERYTHING, has_conditions, needs_alerts


def filtered(*words: str, names: tuple[str, ...] = ALERT_FILTERS) -> AlertFilter | str:
    """Return the filter that a command is given for these words, or what it complains of."""
    found: list[AlertFilter] = []
    app = typer.Typer()

    @app.command()
    @with_filters(names)
    def command(wanted: AlertFilter, other: bool = False) -> None:
        """Do something."""
        assert not other
        found.append(wanted)

    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "400"})
    assert result.exit_code == (0 if found else 2), result.output
    return found[0] if found else result.output


def test_command_without_options_has_no_conditions() -> None:
    """Everything is shown, also each owner of a joint filing."""
    assert filtered() == EVERYTHING
    assert not has_conditions(EVERYTHING)


def test_every_option_becomes_its_condition() -> None:
    """Words may be in any case, and an option may be repeated."""
    words = [
        *("--ticker", "acm", "--issuer", "Acme", "--owner", "doe", "--owner", "roe", "--role", "Director"),
        *("--role", "TEN-PERCENT", "--first-owner", "--since", "2024-01-01", "--until", " 2024-12-31", "--late"),
        *("--plan", "YES", "--delivery", "Live", "--kind", "Closed", "--side", "SELL", "--side", "buy"),
        *("--code", " s", "--disposed", "--min-value", "$1,000,000", "--min-shares", "1,000", "--title", "chief"),
        *("--min-change-percent", "20", "--table", "derivative", "--ownership", "i", "--form", "4/a", "--amended"),
        *("--explanation", "split"),
    ]
    assert filtered(*words) == AlertFilter.from_fields(
        {
            "ticker": "ACM",
            "issuer": "Acme",
            "owner": ["doe", "roe"],
            "role": ["director", "ten-percent"],
            "title": "chief",
            "joint": "first",
            "since": "2024-01-01",
            "until": "2024-12-31",
            "late": True,
            "plan": "yes",
            "delivery": "live",
            "kind": "closed",
            "side": ["buy", "sell"],
            "code": "S",
            "direction": "disposed",
            "min_value": 1_000_000,
            "min_shares": 1_000,
            "min_change_percent": 20,
            "table": "derivative",
            "ownership": "I",
            "form": "4/A",
            "amended": True,
            "explanation": "split",
        }
    )


def test_every_field_of_the_filter_has_an_option() -> None:
    """The command line must have every filter of the gateway."""
    renamed = {"first_owner": "joint", "acquired": "direction", "disposed": "direction", "form_type": "form"}
    assert {renamed.get(name, name) for name in ALERT_FILTERS} == set(AlertFilter.model_fields)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        (choices.Kind, get_args(ChangeKind)),
        (choices.Side, get_args(alert_filter.Side)),
        (choices.Role, get_args(alert_filter.Role)),
        (choices.Plan, get_args(alert_filter.PlanAnswer)),
        (choices.Delivery, get_args(Delivery)),
        (choices.Table, get_args(Table)),
        (choices.Ownership, get_args(Ownership)),
        (choices.FormType, get_args(FormType)),
        (choices.Explanation, get_args(Explanation)),
    ],
)
def test_options_take_the_values_of_the_contract(option: type[StrEnum], values: tuple[str, ...]) -> None:
    """All, and no other."""
    assert tuple(option) == values


def test_acquired_and_disposed_together_match_both_sides() -> None:
    """Every trade with a stated side matches."""
    assert filter_of({"acquired": True, "disposed": True}).direction == ("acquired", "disposed")


def test_position_answers_conditions_on_parties_itself() -> None:
    """All others apply to the alerts that reported it."""
    for words in (["--ticker", "A"], ["--owner", "B", "--issuer", "C"], ["--role", "officer", "--title", "chief"]):
        found = filtered(*words)
        assert isinstance(found, AlertFilter)
        assert has_conditions(found)
        assert not needs_alerts(found)
    for words in (
        ["--kind", "closed"],
        ["--code", "S"],
        ["--min-value", "0"],
        ["--first-owner"],
        ["--delivery", "live"],
    ):
        found = filtered(*words)
        assert isinstance(found, AlertFilter)
        assert needs_alerts(found)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--min-value", "-5"), "'-5' is negative; a minimum must be zero or more"),
        (("--min-shares", "-0.5"), "'-0.5' is negative; a minimum must be zero or more"),
        (("--min-shares", "1 000"), "Invalid value for --min-shares: '1 000' is not an amount"),
        (("--min-value", "a million"), "'a million' is not an amount; write it as 1000000 or 1,000,000"),
        (("--since", "yesterday"), "'yesterday' is not a date; write it as 2024-12-31"),
        (("--until", "2024-02-30"), "'2024-02-30' is not a date"),
        (("--since", "2024-02-02", "--until", "2024-02-01"), "--until 2024-02-01 is before --since 2024-02-02"),
        (
            ("--code", "sale"),
            "Invalid value for --code: 'SALE' is not a transaction code; use one of P purch",
        ),
        (("--side", "long"), "'buy', 'sell'"),
        (("--kind", "sold"), "'unchanged', 'restated'"),
        (("--role", "ceo"), "'ten-percent'"),
        (("--plan", "maybe"), "'unstated'"),
    ],
)
def test_an_invalid_value_is_refused_with_an_explanation(words: tuple[str, ...], complaint: str) -> None:
    """The message quotes the value and lists the valid ones."""
    assert complaint in str(filtered(*words))


def test_a_command_has_only_the_filters_it_can_apply() -> None:
    """Only the ledger knows whether a line is late, and what became of the position."""
    assert "No such option" in str(filtered("--late", names=LINE_FILTERS))
    assert "No such option" in str(filtered("--kind", "closed", names=LINE_FILTERS))
    assert filtered("--side", "buy", names=LINE_FILTERS) == AlertFilter(side="buy", joint="all")


def test_help_joins_the_lines_of_a_paragraph() -> None:
    """The help is as wide as the terminal, not as the source."""

    @with_filters(())
    def command(wanted: AlertFilter) -> None:
        """Do something.

        One line,
        and another.
        """

    assert command.__doc__ == "Do something.\n\nOne line, and another."
    assert not FLAG
