"""The storage that a command's options select: a data directory or a broker."""

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
    """The location of the log: a broker if `kafka` is set, else a data directory of the embedded engine."""

    data: Path | None = None
    kafka: str | None = None

    @property
    def directory(self) -> Path:
        """The embedded engine's directory; the platform's user data directory by default."""
        return (self.data or platformdirs.user_data_path("insidertape")).expanduser().resolve()

    @property
    def has_data(self) -> bool:
        """Whether a log exists. Assumed for a broker and for a directory that cannot be read."""
        if self.kafka is not None:
            return True
        try:
            return (self.directory / FILE_NAME).exists()
        except OSError:
            return True  # opening it raises an error that explains why

    def require_data(self) -> None:
        """Check that a log exists.

        Raises:
            Misconfigured: it does not exist.
        """
        if not self.has_data:
            raise Misconfigured(
                ErrorCode.NO_DATA, f"there is no insidertape data in {self}; `insidertape run` creates it"
            )

    @property
    def options(self) -> str:
        """The options that select the same storage, quoted for a shell."""
        if self.kafka is not None:
            return f"--kafka {shlex.quote(self.kafka)}"
        return f"--data {shlex.quote(str(self.data))}" if self.data is not None else ""

    @property
    def engine_name(self) -> EngineName:
        """The name of the engine for this storage."""
        return "embedded" if self.kafka is None else "kafka"

    def __str__(self) -> str:
        if self.kafka is None:
            return str(self.directory)
        namespace = kafka_settings(self.kafka).namespace
        return f"Kafka at {self.kafka}, namespace {namespace}" if namespace else f"Kafka at {self.kafka}"


def kafka_settings(kafka: str | None) -> KafkaSettings:
    """Return the broker settings from the command line, completed from the environment."""
    return load(KafkaSettings, **kafka_override(kafka))


def kafka_override(kafka: str | None) -> dict[str, str]:
    """Return the settings that `--kafka` overrides."""
    return {} if kafka is None else {"kafka_bootstrap_servers": kafka}


@asynccontextmanager
async def open_engine(
    storage: Storage,
    *,
    read_only: bool = False,
    instruments: Instruments | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Engine]:
    """Open the engine of a storage. Waits for a process that has locked the file, at most until `stop` is set.

    Raises:
        Misconfigured: the directory is unusable, or empty with `read_only`.
        StorageFailed: the file cannot be used.
        Exit: `stop` was set first.
    """
    engine: Engine
    if storage.kafka is not None:
        from services.runtime.kafka.kafka_engine import KafkaEngine  # noqa: PLC0415 - import only the engine that is used

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
    """Open the engine of a storage read-only. With `follow`, waits until a run has created the data.

    Raises:
        Exit: `stop` was set before there was any data.
    """
    if follow and storage.kafka is None:
        await _wait_for_data(storage, stop)
    async with open_engine(storage, read_only=True, stop=stop) as engine:
        yield engine


async def _wait_for_data(storage: Storage, stop: asyncio.Event) -> None:
    """Wait until a run has created the data; a reader creates none."""
    reported = False
    while not _is_readable(storage):
        if not reported:
            sys.stderr.write(f"There is no data in {storage} yet; waiting for a run to write it.\n")
            reported = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await stop.wait()
            raise typer.Exit(0)


def _is_readable(storage: Storage) -> bool:
    """Return whether there is readable data; False while a run is still creating it."""
    from services.runtime.embedded.log import EmbeddedLog  # noqa: PLC0415 - only for the embedded engine

    try:
        EmbeddedLog(storage.directory, read_only=True, patience=0).close()
    except Misconfigured as error:
        if error.code != ErrorCode.NO_DATA:
            raise
        return False
    except TransientError:
        return False
    return True
