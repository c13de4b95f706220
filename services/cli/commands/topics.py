"""`insidertape topics apply | check | repartition`: the topics on Kafka."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.application.app import App
from services.cli.application.exit_codes import FOUND, INTERRUPTED
from services.cli.options.common_options import ServiceKafka, examples

if TYPE_CHECKING:
    import asyncio

topics_app = App(help="Create the topics on Kafka, check them against the contracts, or change their partitions.")


@topics_app.command("apply")
def topics_apply(kafka: ServiceKafka = None) -> None:
    """Create missing topics. The exit status is 1 if existing topics differ from the contracts."""
    from services.cli.application.process import run_command
    from services.cli.wiring.storage import kafka_settings
    from services.runtime.kafka.clients import KafkaClients
    from services.runtime.kafka.topic_admin import apply_topics, check_topics

    async def work(_: "asyncio.Event") -> None:
        clients = KafkaClients(kafka_settings(kafka))
        for name in await apply_topics(clients):
            typer.echo(f"created {name}")
        _report(await check_topics(clients))

    run_command(work, silent=True)


@topics_app.command("check")
def topics_check(kafka: ServiceKafka = None) -> None:
    """Report how the broker's topics differ from the contracts. The exit status is 1 if they differ."""
    from services.cli.application.process import run_command
    from services.cli.wiring.storage import kafka_settings
    from services.runtime.kafka.clients import KafkaClients
    from services.runtime.kafka.topic_admin import check_topics

    async def work(_: "asyncio.Event") -> None:
        _report(await check_topics(KafkaClients(kafka_settings(kafka))))

    run_command(work, silent=True)


@topics_app.command(
    "repartition", epilog=examples("topics repartition --to 16", "topics repartition --to 16 --into blue")
)
def topics_repartition(
    to: Annotated[int, typer.Option("--to", metavar="N", min=1, help="Number of partitions of each new topic.")],
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="NAMESPACE",
            help="Namespace of the new topics. Default: the next generation, such as g2, then g3; acme-g2 after acme.",
            show_default=False,
        ),
    ] = None,
    kafka: ServiceKafka = None,
) -> None:
    """Copy everything into new topics with another number of partitions. Stop every service first.

    Filings, transactions, alerts, dead letters and the watcher's cursor are copied unchanged, in order per issuer.
    Positions are recomputed. No alert is published again. The old topics are left unchanged.
    """
    from services.cli.application.process import run_command
    from services.cli.repartition.namespace_copy import next_namespace, repartition
    from services.cli.wiring.storage import kafka_override, kafka_settings
    from services.runtime.engine import Stopped, unless_stopped
    from services.runtime.settings import KafkaSettings, load
    from services.section16.safe_text import escaped

    async def work(stop: "asyncio.Event") -> None:
        settings = kafka_settings(kafka)
        namespace = _namespace(next_namespace(settings.namespace) if into is None else into)
        target = load(KafkaSettings, **{**kafka_override(kafka), "namespace": namespace, "kafka_partitions": to})
        try:
            await unless_stopped(stop, repartition(settings, target, lambda words: typer.echo(escaped(words))))
        except Stopped:
            raise typer.Exit(INTERRUPTED) from None

    run_command(work, quiet=True)


def _namespace(asked: str) -> str:
    from services.runtime.settings import checked_namespace

    try:
        return checked_namespace(asked)
    except ValueError as error:
        raise typer.BadParameter(f"--into: {error}") from None


def _report(differences: list[str]) -> None:
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        raise typer.Exit(FOUND)
    typer.echo("The topics match the contracts.")
