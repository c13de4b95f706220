"""The watcher's sources as a command's options select them: directories, EDGAR, or both."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.runtime.clock import SystemClock
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.port import SourceService
from services.runtime.settings import EdgarSettings, load
from services.watcher.edgar.budget import LIVE_PER_SECOND

if TYPE_CHECKING:
    from services.watcher.edgar.client import EdgarClient


def edgar_settings(contact: str | None) -> EdgarSettings:
    """Load EDGAR's address and the contact; `--contact` takes precedence over the environment."""
    return load(EdgarSettings, **({} if contact is None else {"contact": contact}))


def edgar_client(settings: EdgarSettings, *, per_second: int, instruments: ServiceInstruments) -> "EdgarClient":
    """Return a client of EDGAR that is not connected yet.

    Raises:
        Misconfigured: the contact or the origin is missing or invalid.
    """
    from services.watcher.edgar.client import EdgarClient  # noqa: PLC0415 - its HTTP client is slow to import
    from services.watcher.edgar.limiter import RequestLimiter  # noqa: PLC0415

    clock = SystemClock()
    limiter = RequestLimiter(clock, per_second)
    return EdgarClient(settings.url, settings.contact or "", clock, limiter, instruments=instruments)


@asynccontextmanager
async def opened_sources(
    directories: Sequence[SourceService], *, edgar: bool, contact: str | None, follow: bool, instruments: Instruments
) -> AsyncIterator[Sequence[SourceService]]:
    """Yield the sources of directories, and with `edgar` that of EDGAR.

    Raises:
        Misconfigured: `edgar` is set, and the contact is missing or invalid.
    """
    if not edgar:
        yield directories
        return
    from services.watcher.edgar_service import LABEL, edgar_watcher  # noqa: PLC0415 - its HTTP client is slow to import

    settings = edgar_settings(contact)
    own = instruments.service(LABEL)
    async with edgar_client(settings, per_second=LIVE_PER_SECOND, instruments=own) as client:
        edgar_source = edgar_watcher(
            client, SystemClock(), follow=follow, poll_interval=settings.poll_interval, instruments=instruments
        )
        yield [*directories, edgar_source]
