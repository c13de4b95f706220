"""Filters as options: valid values, and the resulting filter."""

from datetime import date
from decimal import Decimal

import pytest
import typer
from typer.testing import CliRunner

from services.cli.options.choices import Delivery, Kind, Plan, Role, Side
from services.cli.options.common_options import FLAG
from services.cli.options.filter_options import (
    ALERT_FILTERS,
    LINE_FILTERS,
    filter_of,
    parse_day,
    parse_minimum,
    parse_transaction_code,
    with_filters,
)
from services.cli.reading.event_filter import Filter


def filtered(*words: str, names: tuple[str, ...] = ALERT_FILTERS) -> Filter | str:
    """Return the filter that a command receives for these words, or the error message."""
    found: list[Filter] = []
    app = typer.Typer()

    @app.command()
    @with_filters(names)
    def command(wanted: Filter, other: bool = False) -> None:
        """Do something."""
        assert not other
        found.append(wanted)

    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "300"})
    assert result.exit_code == (0 if found else 2), result.output
    return found[0] if found else result.output


def test_a_command_without_options_has_no_conditions() -> None:
    """Everything is shown."""
    assert filtered() == Filter()


def test_every_option_becomes_its_condition() -> None:
    """Words may be in any case; an option may have several values."""
    words = [
        *("--ticker", "acm", "--issuer", "Acme", "--owner", "doe", "--owner", "roe", "--role", "Director"),
        *("--role", "TEN-PERCENT", "--first-owner", "--since", "2024-01-01", "--until", "2024-12-31", "--late"),
        *("--plan", "YES", "--delivery", "Live", "--kind", "Closed", "--side", "SELL", "--side", "buy"),
        *("--code", "s", "--disposed", "--min-value", "$1,000,000", "--min-shares", "1,000"),
    ]
    assert filtered(*words) == Filter(
        tickers=["acm"],
        issuers=["Acme"],
        owners=["doe", "roe"],
        roles=[Role.DIRECTOR, Role.TEN_PERCENT],
        first_owner=True,
        since=date(2024, 1, 1),
        until=date(2024, 12, 31),
        late=True,
        plans=[Plan.YES],
        deliveries=[Delivery.LIVE],
        kinds=[Kind.CLOSED],
        sides=[Side.SELL, Side.BUY],
        codes=["S"],
        directions=["D"],
        minimum_value=Decimal(1_000_000),
        minimum_shares=Decimal(1_000),
    )


def test_acquired_and_disposed_together_match_both_sides() -> None:
    """Every trade with a stated side matches."""
    assert filter_of({"acquired": True, "disposed": True}) == Filter(directions=["A", "D"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--min-value", "-5"), "'-5' is negative; a minimum must be zero or more"),
        (("--min-shares", "-0.5"), "'-0.5' is negative; a minimum must be zero or more"),
        (("--min-value", "a million"), "'a million' is not an amount; write it as 1000000 or 1,000,000"),
        (("--since", "yesterday"), "'yesterday' is not a date; write it as 2024-12-31"),
        (("--until", "2024-02-30"), "'2024-02-30' is not a date"),
        (("--since", "2024-02-02", "--until", "2024-02-01"), "--until 2024-02-01 is before --since 2024-02-02"),
        (("--code", "sale"), "'sale' is not a transaction code; use one of P purchase, S sale"),
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
    assert filtered("--side", "buy", names=LINE_FILTERS) == Filter(sides=[Side.BUY])


@pytest.mark.parametrize("text", ["1000000", "1,000,000", "$1,000,000", "1e6", " 1000000.00"])
def test_minima_are_accepted_in_common_spellings(text: str) -> None:
    """Commas and a currency sign are accepted."""
    assert parse_minimum(text) == Decimal(1_000_000)


@pytest.mark.parametrize("text", ["", "nan", "inf", "$", "1 000"])
def test_text_that_is_not_an_amount_is_quoted_in_the_error(text: str) -> None:
    """This includes "numbers" that cannot be compared."""
    with pytest.raises(typer.BadParameter, match="is not an amount") as refused:
        parse_minimum(text)
    assert repr(text) in str(refused.value)


def test_white_space_around_codes_and_days_is_ignored() -> None:
    """Pasted text often has white space."""
    assert (parse_transaction_code(" s"), parse_day(" 2024-03-05 ")) == ("S", date(2024, 3, 5))


def test_help_joins_the_lines_of_a_paragraph() -> None:
    """The help is as wide as the terminal, not as the source."""

    @with_filters(())
    def command(wanted: Filter) -> None:
        """Do something.

        One line,
        and another.
        """

    assert command.__doc__ == "Do something.\n\nOne line, and another."
    assert not FLAG
