"""Where the log is: a data directory or a broker, as a command's options say."""

import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from contracts.errors import Misconfigured
from services.runtime.data_directory import FILE_NAME
from services.runtime.engine import Engine, EngineName
from services.runtime.instruments import Instruments
from services.runtime.settings import KafkaSettings, load


@dataclass(frozen=True, slots=True)
class Place:
    """What `--data` and `--kafka` say; without `kafka` it is the embedded engine's."""

    data: Path | None = None
    kafka: str | None = None

    @property
    def directory(self) -> Path:
        """The directory of the embedded engine's file: by default where the platform keeps a user's data."""
        return (self.data or platformdirs.user_data_path("insidertape")).expanduser().resolve()

    @property
    def has_data(self) -> bool:
        """Whether there is a log: a broker's is taken for granted."""
        return self.kafka is not None or (self.directory / FILE_NAME).is_file()

    def require_data(self) -> None:
        """See to it that there is a log.

        Raises:
            Misconfigured: there is none.
        """
        if not self.has_data:
            raise Misconfigured("no_data", f"there is no insidertape data in {self}; `insidertape run` makes it")

    @property
    def options(self) -> str:
        """The options that lead another command to the same place, as a shell takes them."""
        if self.kafka is not None:
            return f"--kafka {shlex.quote(self.kafka)}"
        return f"--data {shlex.quote(str(self.data))}" if self.data is not None else ""

    @property
    def engine_name(self) -> EngineName:
        """Which engine runs there."""
        return "embedded" if self.kafka is None else "kafka"

    def __str__(self) -> str:
        if self.kafka is None:
            return str(self.directory)
        namespace = kafka_settings(self.kafka).namespace
        return f"Kafka at {self.kafka}, namespace {namespace}" if namespace else f"Kafka at {self.kafka}"


def kafka_settings(kafka: str | None) -> KafkaSettings:
    """How to reach the broker: what the command line says, the rest from the environment."""
    return load(KafkaSettings, **kafka_override(kafka))


def kafka_override(kafka: str | None) -> dict[str, str]:
    """The settings that `--kafka` overrides."""
    return {} if kafka is None else {"kafka_bootstrap_servers": kafka}


@asynccontextmanager
async def opened_engine(
    place: Place, *, read_only: bool = False, instruments: Instruments | None = None
) -> AsyncIterator[Engine]:
    """The engine of the place.

    Raises:
        Misconfigured: its directory cannot be used, or with `read_only` holds no data.
    """
    engine: Engine
    if place.kafka is not None:
        from services.runtime.kafka_engine import KafkaEngine  # noqa: PLC0415 - one engine is imported, not both

        engine = KafkaEngine(kafka_settings(place.kafka), instruments=instruments)
    else:
        from services.runtime.embedded_engine import EmbeddedEngine  # noqa: PLC0415 - likewise
        from services.runtime.embedded_log import EmbeddedLog  # noqa: PLC0415

        try:
            log = EmbeddedLog(place.directory, read_only=read_only)
        except OSError as error:
            raise Misconfigured("unusable_data", f"{place.directory}: {error.strerror or error}") from None
        engine = EmbeddedEngine(log, instruments=instruments)
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def engine_to_read(place: Place, *, follow: bool) -> AsyncIterator[Engine]:
    """The engine of the place, to read from. Who means to follow may be there before the first run."""
    if follow and not place.has_data:
        sys.stderr.write(f"There is no data in {place} yet; waiting for a run to write it.\n")
    async with opened_engine(place, read_only=not follow or place.has_data) as engine:
        yield engine
