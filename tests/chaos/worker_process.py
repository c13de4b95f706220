"""A process of a chaos run: `python -m tests.chaos.worker_process FAILPOINTS COMMAND ARGUMENTS…`.

COMMAND is one of insidertape's own, or `publisher RATE UNTIL`, `repeater`, or `pipeline DIRECTORY RATE UNTIL`. The last
one runs all of them in one process on the embedded engine.
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
from tests.chaos.failpoints import activate_failpoints
from tests.chaos.publishers import publisher, repeater


async def publish(stop: asyncio.Event, rate: str, until: str) -> None:
    """Run the first publisher on Kafka."""
    await KafkaEngine(load(KafkaSettings)).run_source(publisher(float(rate), int(until)), stop)


async def repeat(stop: asyncio.Event) -> None:
    """Run the second publisher on Kafka."""
    await KafkaEngine(load(KafkaSettings)).run(repeater(), stop)


async def embedded(stop: asyncio.Event, directory: str, rate: str, until: str) -> None:
    """Run everything on the embedded engine."""
    engine = EmbeddedEngine(EmbeddedLog(Path(directory)))
    services = [repeater(), parser_service(), holdings_service()]
    await run_pipeline(engine, [publisher(float(rate), int(until))], services, stop)
    await engine.close()


ROLES: dict[str, Callable[..., Awaitable[None]]] = {"publisher": publish, "repeater": repeat, "pipeline": embedded}


def print_stacks(_number: int, _frame: object) -> None:
    """Print the stack of every task; the harness requests it if a process does not react."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, print_stacks)
    _, failpoints, command, *arguments = sys.argv
    activate_failpoints(failpoints)
    if command in ROLES:
        try:
            run_service(command, lambda stop: ROLES[command](stop, *arguments))
        except typer.Exit as exiting:
            sys.exit(exiting.exit_code)
    else:
        sys.argv = ["insidertape", command, *arguments]
        main()
