"""`insidertape topics`: Kafka's topics and the contracts."""

from typing import TYPE_CHECKING

import typer

from services.cli.app import App
from services.cli.exit_codes import FOUND
from services.cli.options import ServiceKafka

if TYPE_CHECKING:
    import asyncio

topics_app = App(help="Create Kafka's topics, or compare them with the contracts.")


@topics_app.command("apply")
def topics_apply(kafka: ServiceKafka = None) -> None:
    """Create the topics that are missing; exit status 1 if those that exist differ from the contracts."""
    from services.cli.place import kafka_settings
    from services.cli.process import run_command
    from services.runtime.kafka_clients import KafkaClients
    from services.runtime.topic_admin import apply_topics, check_topics

    async def work(_: "asyncio.Event") -> None:
        clients = KafkaClients(kafka_settings(kafka))
        for name in await apply_topics(clients):
            typer.echo(f"created {name}")
        _report(await check_topics(clients))

    run_command(work)


@topics_app.command("check")
def topics_check(kafka: ServiceKafka = None) -> None:
    """Say how the broker's topics differ from the contracts; exit status 1 if they do."""
    from services.cli.place import kafka_settings
    from services.cli.process import run_command
    from services.runtime.kafka_clients import KafkaClients
    from services.runtime.topic_admin import check_topics

    async def work(_: "asyncio.Event") -> None:
        _report(await check_topics(KafkaClients(kafka_settings(kafka))))

    run_command(work)


def _report(differences: list[str]) -> None:
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        raise typer.Exit(FOUND)
    typer.echo("The topics are as the contracts say.")
