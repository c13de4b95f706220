"""Where the log is: a data directory or a broker, as a command's options say."""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import platformdirs
import typer

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, TransientError
from services.cli.application.exit_codes import INTERRUPTED
from services.runtime.data_directory import FILE_NAME
from services.runtime.engine import Engine, EngineName, Stopped
from services.runtime.instruments import Instruments
from services.runtime.settings import KafkaSettings, load

_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Storage:
    """What `--data` and `--kafka` say; without `kafka` it is the embedded engine's."""

    data: Path | None = None
    kafka: str | None = None

    @property
    def directory(self) -> Path:
        """The directory of the embedded engine's file: by default where the platform keeps a user's data."""
        return (self.data or platformdirs.user_data_path("insidertape")).expanduser().resolve()

    @property
    def has_data(self) -> bool:
        """Whether there is a log: a broker's is taken for granted, and one that cannot be looked at too."""
        if self.kafka is not None:
            return True
        try:
            return (self.directory / FILE_NAME).exists()
        except OSError:
            return True  # opening it says why

    def require_data(self) -> None:
        """See to it that there is a log.

        Raises:
            Misconfigured: there is none.
        """
        if not self.has_data:
            raise Misconfigured(
                ErrorCode.NO_DATA, f"there is no insidertape data in {self}; `insidertape run` makes it"
            )

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
async def open_engine(
    storage: Storage,
    *,
    read_only: bool = False,
    instruments: Instruments | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Engine]:
    """The engine of the place; it waits for another process that holds the file, at most until `stop` is set.

    Raises:
        Misconfigured: its directory cannot be one, or with `read_only` holds no data.
        StorageFailed: its file cannot be used.
        Exit: `stop` was set first.
    """
    engine: Engine
    if storage.kafka is not None:
        from services.runtime.kafka.kafka_engine import KafkaEngine  # noqa: PLC0415 - one engine is imported, not both

        engine = KafkaEngine(kafka_settings(storage.kafka), instruments=instruments)
    else:
        from services.runtime.embedded.embedded_engine import EmbeddedEngine  # noqa: PLC0415 - likewise
        from services.runtime.embedded.log import EmbeddedLog  # noqa: PLC0415
        from services.runtime.embedded.waiting import BLOCKING_SECONDS, when_free  # noqa: PLC0415

        opening = partial(EmbeddedLog, storage.directory, read_only=read_only, patience=BLOCKING_SECONDS)
        try:
            engine = EmbeddedEngine(await when_free(opening, stop), instruments=instruments)
        except Stopped:
            raise typer.Exit(INTERRUPTED) from None
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def open_engine_to_read(storage: Storage, stop: asyncio.Event, *, follow: bool) -> AsyncIterator[Engine]:
    """The engine of the place, to read from. Who means to follow may be there before the first run.

    Raises:
        Exit: `stop` was set before there was any data.
    """
    if follow and storage.kafka is None:
        await _wait_for_data(storage, stop)
    async with open_engine(storage, read_only=True, stop=stop) as engine:
        yield engine


async def _wait_for_data(storage: Storage, stop: asyncio.Event) -> None:
    """Wait until a run has made the data: a reader makes none itself."""
    told = False
    while not _is_readable(storage):
        if not told:
            sys.stderr.write(f"There is no data in {storage} yet; waiting for a run to write it.\n")
            told = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await stop.wait()
            raise typer.Exit(0)


def _is_readable(storage: Storage) -> bool:
    """Return whether there is data; False also while a run is just making it."""
    from services.runtime.embedded.log import EmbeddedLog  # noqa: PLC0415 - only with a file

    try:
        EmbeddedLog(storage.directory, read_only=True, patience=0).close()
    except Misconfigured as error:
        if error.code != ErrorCode.NO_DATA:
            raise
        return False
    except TransientError:
        return False
    return True
