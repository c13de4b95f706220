"""`insidertape watcher | parser | holdings`: one service on Kafka, configured by the environment."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.cli.options.common_options import Contact, Edgar, ServiceKafka

if TYPE_CHECKING:
    import asyncio

    from services.runtime.instruments import Instruments
    from services.runtime.port import Service, SourceService
    from services.runtime.settings import ServiceSettings, WatcherSettings


def watcher(
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--source", metavar="DIR", help="Directory to watch; repeatable. Default: $INSIDERTAPE_SOURCES, a JSON list"
        ),
    ] = None,
    edgar: Edgar = False,
    contact: Contact = None,
    kafka: ServiceKafka = None,
) -> None:
    """Publish new filings to Kafka, from EDGAR, from directories, or from both."""
    from services.cli.application.process import run_service
    from services.cli.wiring.sources import opened_sources
    from services.cli.wiring.storage import kafka_override
    from services.runtime.kafka.kafka_engine import KafkaEngine
    from services.runtime.metrics import metrics_served
    from services.runtime.pipeline import run_pipeline
    from services.runtime.settings import MetricsSettings, WatcherSettings, load

    async def work(stop: "asyncio.Event") -> None:
        override: dict[str, object] = {**kafka_override(kafka), **({"sources": tuple(source)} if source else {})}
        settings = load(WatcherSettings, **override)
        if not (settings.sources or edgar):
            raise Misconfigured(
                ErrorCode.NO_SOURCE, "nothing to watch: give --edgar or --source DIR, or set INSIDERTAPE_SOURCES"
            )
        with metrics_served(load(MetricsSettings), engine="kafka") as instruments:
            directories = [_watched(settings, instruments)] if settings.sources else []
            async with opened_sources(
                directories, edgar=edgar, contact=contact, follow=True, instruments=instruments
            ) as opened:
                await run_pipeline(KafkaEngine(settings, instruments=instruments), opened, [], stop)

    run_service("watcher", work)


def _watched(settings: "WatcherSettings", instruments: "Instruments") -> "SourceService":
    from services.watcher.directory_service import directory_watcher

    return directory_watcher(
        settings.sources,
        follow=True,
        poll_interval=settings.poll_interval,
        force_polling=settings.force_polling,
        instruments=instruments,
    )


async def _run(service: "Service", kind: "type[ServiceSettings]", kafka: str | None, stop: "asyncio.Event") -> None:
    from services.cli.wiring.storage import kafka_override
    from services.runtime.kafka.kafka_engine import KafkaEngine
    from services.runtime.metrics import metrics_served
    from services.runtime.settings import MetricsSettings, load

    settings = load(kind, **kafka_override(kafka))
    with metrics_served(load(MetricsSettings), engine="kafka", services=(service.name,)) as instruments:
        engine = KafkaEngine(settings, dead_letter_share=settings.dead_letter_share, instruments=instruments)
        await engine.run(service, stop)


def parser(kafka: ServiceKafka = None) -> None:
    """Parse published filings. Run up to one per partition."""
    from services.cli.application.process import run_service
    from services.parser.processor import parser_service
    from services.runtime.settings import ParserSettings

    async def work(stop: "asyncio.Event") -> None:
        await _run(parser_service(), ParserSettings, kafka, stop)

    run_service("parser", work)


def holdings(kafka: ServiceKafka = None) -> None:
    """Maintain every owner's positions and publish alerts. Run up to one per partition."""
    from services.cli.application.process import run_service
    from services.holdings.processor import holdings_service
    from services.runtime.settings import HoldingsSettings

    async def work(stop: "asyncio.Event") -> None:
        await _run(holdings_service(), HoldingsSettings, kafka, stop)

    run_service("holdings", work)
