"""The EDGAR watcher as an engine runs it. Kept apart because its HTTP client is slow to import."""

from typing import Final

from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.clock import Clock
from services.runtime.instruments import Instruments
from services.runtime.port import SourceService
from services.watcher.edgar import pending
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.source import EdgarSource

LABEL: Final = f"watcher.{pending.CURSOR_KEY}"
"""The name of the EDGAR watcher in metrics and probes."""


def edgar_watcher(
    client: EdgarClient,
    clock: Clock,
    *,
    follow: bool,
    poll_interval: float = 10.0,
    instruments: Instruments | None = None,
) -> SourceService:
    """Return the source of EDGAR's live filings. `poll_interval` is seconds between polls in the busy hours."""
    own = (instruments or Instruments()).service(LABEL)

    def feed() -> EdgarSource:
        return EdgarSource(client, clock, follow=follow, poll_interval=poll_interval, instruments=own)

    return SourceService(
        name="watcher",
        cursor=WATCHER_CURSOR,
        cursor_key=pending.CURSOR_KEY,
        output_topics=(FILINGS, WATCHER_DEAD_LETTERS),
        source=feed,
    )
