"""Where the log is: a data directory or a broker, from a command's options."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from services.runtime.embedded_engine import EmbeddedEngine
from services.runtime.embedded_log import EmbeddedLog
from services.runtime.engine import Engine
from services.runtime.kafka_engine import KafkaEngine
from services.runtime.settings import KafkaSettings, load

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="INSIDERTAPE_DATA",
        help=f"Directory of the embedded engine's file.  [default: {platformdirs.user_data_path('insidertape')}]",
        show_default=False,
    ),
]
Kafka = Annotated[
    str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Use this Kafka instead of the embedded engine.")
]
ServiceKafka = Annotated[
    str | None,
    typer.Option("--kafka", metavar="HOST:PORT", help="The broker.  [default: $INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS]"),
]


def data_directory(data: Path | None) -> Path:
    """The directory of the embedded engine's file."""
    return (data or platformdirs.user_data_path("insidertape")).expanduser()


def kafka_settings(kafka: str | None) -> KafkaSettings:
    """How to reach the broker: what the command line says, the rest from the environment."""
    return load(KafkaSettings, **kafka_override(kafka))


def kafka_override(kafka: str | None) -> dict[str, str]:
    """The settings that `--kafka` overrides."""
    return {} if kafka is None else {"kafka_bootstrap_servers": kafka}


@asynccontextmanager
async def opened_engine(data: Path | None, kafka: str | None, *, read_only: bool = False) -> AsyncIterator[Engine]:
    """The engine that the options name."""
    engine: Engine
    if kafka is not None:
        engine = KafkaEngine(kafka_settings(kafka))
    else:
        engine = EmbeddedEngine(EmbeddedLog(data_directory(data), read_only=read_only))
    try:
        yield engine
    finally:
        await engine.close()
