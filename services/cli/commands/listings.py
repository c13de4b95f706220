"""`insidertape alerts | positions | transactions`: events in the log, filtered, in three formats."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.application.invocation import as_typed
from services.cli.options.choices import AlertFormat, Format, Kind
from services.cli.options.common_options import FLAG, AlertForm, Data, Follow, Form, Kafka
from services.cli.options.filter_options import ALERT_FILTERS, LINE_FILTERS, with_filters

if TYPE_CHECKING:
    import asyncio

    from contracts.alert_filter import AlertFilter


@with_filters(ALERT_FILTERS)
def alerts(
    wanted: "AlertFilter",
    data: Data = None,
    kafka: Kafka = None,
    form: AlertForm = AlertFormat.TABLE,
    follow: Follow = False,
) -> None:
    """Show alerts: what was traded, how the holding changed, and what remains unexplained.

    Filters on trades test each trade of an alert; minimums apply to the sum of the matching trades. A matching alert
    is shown in full; as text, its filing is one sentence. CSV has one row per transaction code and direction, with the
    alert's columns repeated. To count alerts, count the rows whose trade column is 0 or empty.
    """
    from services.cli.application.process import run_command
    from services.cli.reading.event_listing import show_alerts
    from services.cli.wiring.storage import Storage, open_engine_to_read

    async def work(stop: "asyncio.Event") -> None:
        async with open_engine_to_read(Storage(data, kafka), stop, follow=follow) as engine:
            await show_alerts(engine, wanted, form, stop, follow=follow)

    run_command(work)


@with_filters(ALERT_FILTERS)
def positions(
    wanted: "AlertFilter",
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    closed: Annotated[
        bool,
        typer.Option("--closed", metavar=FLAG, help="Include closed positions. Implied by --kind closed."),
    ] = False,
) -> None:
    """Show the current positions of every owner in every issuer.

    Filters on filings and trades select positions reported by a matching alert. A derivative past its expiration date
    is marked expired and not counted as held. A position is unconfirmed if two later filings with trades in its class
    do not list it.
    """
    from services.cli.application.process import run_command
    from services.cli.reading.event_filter import needs_alerts
    from services.cli.reading.event_listing import show_positions
    from services.cli.wiring.storage import Storage, open_engine_to_read

    if follow and needs_alerts(wanted):
        raise typer.BadParameter(
            as_typed(
                "--follow works only with --ticker, --issuer, --owner and --role here: "
                "the other filters apply to alerts, so use `insidertape alerts --follow`"
            )
        )

    async def work(stop: "asyncio.Event") -> None:
        async with open_engine_to_read(Storage(data, kafka), stop, follow=follow) as engine:
            also_closed = closed or Kind.CLOSED in wanted.kind
            await show_positions(engine, wanted, form, stop, follow=follow, closed=also_closed)

    run_command(work)


@with_filters(LINE_FILTERS)
def transactions(
    wanted: "AlertFilter",
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    trades: Annotated[
        bool,
        typer.Option("--trades", metavar=FLAG, help="Only lines that report a trade, not those that report a holding."),
    ] = False,
) -> None:
    """Show trades and holdings line by line, as filed.

    Filters on trades and minimums apply to each line separately. JSON has one object per line, with its filing, issuer,
    owner and the footnotes it cites. The lines of a joint filing appear once per owner; see --first-owner.
    """
    from services.cli.application.process import run_command
    from services.cli.reading.event_listing import show_transactions
    from services.cli.wiring.storage import Storage, open_engine_to_read

    async def work(stop: "asyncio.Event") -> None:
        async with open_engine_to_read(Storage(data, kafka), stop, follow=follow) as engine:
            await show_transactions(engine, wanted, form, stop, follow=follow, trades_only=trades)

    run_command(work)
