"""The directory watcher as an engine runs it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.data_directory import FILE_NAME
from services.runtime.instruments import Instruments
from services.runtime.port import SourceService
from services.watcher.directory_source import CURSOR_KEY, DirectorySource

LABEL: Final = f"watcher.{CURSOR_KEY}"
"""The name of the directory watcher in metrics and probes."""


def directory_watcher(
    directories: Sequence[Path],
    *,
    follow: bool,
    poll_interval: float = 5.0,
    force_polling: bool = False,
    ignored: Sequence[Path] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_found: Callable[[int], None] = lambda _: None,
    instruments: Instruments | None = None,
) -> SourceService:
    """Return the source of these directories. `poll_interval` is seconds between scans without change notifications.

    `on_found` is called with the number of files to publish; see `DirectorySource`. With `force_polling` change
    notifications are not used: network file systems report only changes made on the same machine.

    Raises:
        Misconfigured: one of them is not a directory, or contains insidertape's own data.
    """
    resolved = [directory.expanduser().resolve() for directory in directories]
    for given, directory in zip(directories, resolved, strict=True):
        if not directory.is_dir():
            raise Misconfigured(ErrorCode.NO_DIRECTORY, f"{given} is not a directory")
        if (directory / FILE_NAME).exists():
            raise Misconfigured(
                ErrorCode.DATA_IN_SOURCE, f"{given} contains insidertape's own data and cannot be watched"
            )

    own = (instruments or Instruments()).service(LABEL)

    def feed() -> DirectorySource:
        return DirectorySource(
            resolved,
            now=now,
            follow=follow,
            poll_interval=poll_interval,
            force_polling=force_polling,
            ignored=[path.expanduser().resolve() for path in ignored],
            on_found=on_found,
            instruments=own,
        )

    return SourceService(
        name="watcher",
        cursor=WATCHER_CURSOR,
        cursor_key=CURSOR_KEY,
        output_topics=(FILINGS, WATCHER_DEAD_LETTERS),
        source=feed,
    )
