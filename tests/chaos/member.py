"""A process of a chaos run: `python -m tests.chaos.member TROUBLES COMMAND ARGUMENTS…`.

COMMAND is one of insidertape's own, or `publisher RATE UNTIL`, `repeater`, or `pipeline DIRECTORY RATE UNTIL`: all of
them on the embedded engine, in one process.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import typer

from services.cli.__main__ import main
from services.cli.application.process import run_service
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.pipeline import run_pipeline
from services.runtime.settings import KafkaSettings, load
from tests.chaos.doomed import give_troubles
from tests.chaos.publishers import publisher, repeater


async def publish(stop: asyncio.Event, rate: str, until: str) -> None:
    """The first publisher, on Kafka."""
    await KafkaEngine(load(KafkaSettings)).run_source(publisher(float(rate), int(until)), stop)


async def repeat(stop: asyncio.Event) -> None:
    """The second publisher, on Kafka."""
    await KafkaEngine(load(KafkaSettings)).run(repeater(), stop)


async def embedded(stop: asyncio.Event, directory: str, rate: str, until: str) -> None:
    """Everything, on the embedded engine."""
    engine = EmbeddedEngine(EmbeddedLog(Path(directory)))
    services = [repeater(), parser_service(), holdings_service()]
    await run_pipeline(engine, [publisher(float(rate), int(until))], services, stop)
    await engine.close()


ROLES: dict[str, Callable[..., Awaitable[None]]] = {"publisher": publish, "repeater": repeat, "pipeline": embedded}


def tell_where_all_stand(_number: int, _frame: object) -> None:
    """Print the stack of every task: the harness asks for it where a process does not do what it should."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell_where_all_stand)
    _, troubles, command, *arguments = sys.argv
    give_troubles(troubles)
    if command in ROLES:
        try:
            run_service(command, lambda stop: ROLES[command](stop, *arguments))
        except typer.Exit as end:
            sys.exit(end.exit_code)
    else:
        sys.argv = ["insidertape", command, *arguments]
        main()
