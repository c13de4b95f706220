"""The watcher of directories as an engine runs it."""

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
"""What metrics and probes call it."""


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
    """The feed of these directories. `poll_interval` is seconds between passes where nothing tells of a change.

    `on_found` is called with the number of files to publish; see `DirectorySource`.

    With `force_polling` the file system is not asked to tell: for one that does so only of its own machine's changes.

    Raises:
        Misconfigured: one of them is no directory, or holds insidertape's own data.
    """
    resolved = [directory.expanduser().resolve() for directory in directories]
    for given, directory in zip(directories, resolved, strict=True):
        if not directory.is_dir():
            raise Misconfigured(ErrorCode.NO_DIRECTORY, f"{given} is not a directory")
        if (directory / FILE_NAME).exists():
            raise Misconfigured(
                ErrorCode.DATA_IN_SOURCE, f"{given} holds insidertape's own data, and cannot be watched"
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
