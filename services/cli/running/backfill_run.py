"""`insidertape backfill`: past filings from EDGAR at the permitted request rate, with a progress bar."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from typing import Final

import typer
from rich.text import Text

from contracts.enumerations import FormType
from services.cli.application.exit_codes import FOUND, INTERRUPTED
from services.cli.render.backfill_bar import BackfillBar, backfill_summary
from services.cli.render.screen import new_console
from services.cli.wiring.sources import edgar_client, edgar_settings
from services.cli.wiring.storage import Storage, open_engine
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.clock import SystemClock
from services.runtime.metrics import metrics_served
from services.runtime.pipeline import run_pipeline
from services.runtime.settings import MetricsSettings, load
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar.backfill import edgar_backfill
from services.watcher.edgar.backfill_plan import FIRST_DAY, Plan
from services.watcher.edgar.backfill_state import LABEL

_FORMS: Final[dict[str, FormType]] = {form: form for form in FORM_TYPES}


def parse_forms(text: str) -> frozenset[FormType]:
    """Parse a list of forms such as `4,4/A`."""
    named = [word.strip().upper() for word in text.split(",")]
    if unknown := [word for word in named if word not in _FORMS]:
        raise typer.BadParameter(f"{unknown[0]!r} is not a form; use {', '.join(FORM_TYPES)}")
    return frozenset(_FORMS[word] for word in named)


def make_plan(first: date, last: date, forms: str, *, archives: bool) -> Plan:
    """Return the plan for the options."""
    if last < first:
        raise typer.BadParameter(f"{last} is before {first}", param_hint="--to")
    if first < FIRST_DAY:
        raise typer.BadParameter(f"EDGAR's indexes begin on {FIRST_DAY}", param_hint="--from")
    return Plan(first, last, parse_forms(forms), archives=archives)


async def run_backfill(
    plan: Plan, storage: Storage, contact: str | None, stop: asyncio.Event, *, per_second: int
) -> None:
    """Publish the filings of the plan; without a broker, also parse them and update positions.

    Raises:
        Misconfigured: the contact is missing, or EDGAR has no index for a day that must have one.
        Exit: it was stopped early, or EDGAR did not deliver all filings.
    """
    console = new_console()
    async with AsyncExitStack() as opened:
        instruments = opened.enter_context(metrics_served(load(MetricsSettings), engine=storage.engine_name))
        own = instruments.service(LABEL)
        client = await opened.enter_async_context(
            edgar_client(edgar_settings(contact), per_second=per_second, instruments=own)
        )
        engine = await opened.enter_async_context(open_engine(storage, instruments=instruments, stop=stop))
        with BackfillBar(console) as bar:
            feed = edgar_backfill(client, SystemClock(), plan, bar, instruments)
            services = [] if storage.kafka is not None else [parser_service(), holdings_service()]
            await run_pipeline(engine, [feed], services, stop, once=True)
    cut_short = stop.is_set()
    console.print(Text(backfill_summary(bar, str(storage), cut_short=cut_short)), soft_wrap=True)
    if cut_short or bar.left:
        raise typer.Exit(INTERRUPTED if cut_short else FOUND)
