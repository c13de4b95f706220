"""`insidertape alerts | positions | transactions`: what the log holds, filtered, in three formats."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.application.invocation import as_typed
from services.cli.options.choices import Format, Kind
from services.cli.options.common_options import FLAG, Data, Follow, Form, Kafka
from services.cli.options.filter_options import ALERT_FILTERS, LINE_FILTERS, with_filters

if TYPE_CHECKING:
    import asyncio

    from services.cli.reading.event_filter import Filter


@with_filters(ALERT_FILTERS)
def alerts(
    wanted: "Filter", data: Data = None, kafka: Kafka = None, form: Form = Format.TABLE, follow: Follow = False
) -> None:
    """Show the alerts: what was traded, what it means for the holding, what is unexplained and why.

    Filters on trades act on an alert's trades one by one, minima on those that match together; the alert is shown
    whole. As CSV an alert has a row per code and side, with the alert's own columns repeated: count rows with trade 0
    or empty to count alerts.
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
    wanted: "Filter",
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    closed: Annotated[
        bool,
        typer.Option("--closed", metavar=FLAG, help="Also positions that have come to nothing. So does --kind closed."),
    ] = False,
) -> None:
    """Show the latest position of every owner in every issuer.

    Filters on filings and trades select the positions that a matching alert has reported so far. A derivative past
    its expiration is marked expired and not counted as held; unconfirmed is a position that two later filings trading
    in its class do not list.
    """
    from services.cli.application.process import run_command
    from services.cli.reading.event_listing import show_positions
    from services.cli.wiring.storage import Storage, open_engine_to_read

    if follow and wanted.needs_alerts:
        raise typer.BadParameter(
            as_typed(
                "only --ticker, --issuer, --owner and --role can be followed here; "
                "the others are about alerts: use `insidertape alerts --follow`"
            )
        )

    async def work(stop: "asyncio.Event") -> None:
        async with open_engine_to_read(Storage(data, kafka), stop, follow=follow) as engine:
            also_closed = closed or Kind.CLOSED in wanted.kinds
            await show_positions(engine, wanted, form, stop, follow=follow, closed=also_closed)

    run_command(work)


@with_filters(LINE_FILTERS)
def transactions(
    wanted: "Filter",
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    trades: Annotated[
        bool, typer.Option("--trades", metavar=FLAG, help="Only lines that report a trade, not a holding alone.")
    ] = False,
) -> None:
    """Show what filings report, line by line: trades and holdings, as filed.

    Filters on trades and minima act on each line by itself. JSON has an object per line, with filing, issuer, owner
    and the footnotes that the line cites. A joint filing's lines come once per owner: see --first-owner.
    """
    from services.cli.application.process import run_command
    from services.cli.reading.event_listing import show_transactions
    from services.cli.wiring.storage import Storage, open_engine_to_read

    async def work(stop: "asyncio.Event") -> None:
        async with open_engine_to_read(Storage(data, kafka), stop, follow=follow) as engine:
            await show_transactions(engine, wanted, form, stop, follow=follow, trades_only=trades)

    run_command(work)
