"""The opening and closing lines of a run."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.cli.application.invocation import command_line
from services.cli.running.run_counts import Counts
from services.cli.wiring.storage import Storage
from services.section16.wording import plural

_NEXT_COMMANDS: Final = [
    ("positions", "current holdings of every owner"),
    ("alerts --side sell --min-value 1000000", "alerts, filtered"),
    ("alerts --follow --format jsonl", "new alerts as JSON lines"),
    ("gateway", "see it: http://127.0.0.1:8345"),
]


def welcome(sources: Sequence[Path], storage: Storage, *, edgar: bool = False, url: str | None = None) -> str:
    """Return the first lines of a run that watches; `url` is the address of its page."""
    watched = ", ".join([*(["EDGAR"] if edgar else []), *(str(source) for source in sources)])
    doing = f"Watching {watched}" if watched else "No --source: processing only filings published by others"
    page = f"See it: {url}\n" if url else ""
    return f"{doing}. Data: {storage}. Press Ctrl-C to stop.\n{page}"


def farewell(
    counts: Counts,
    so_far: int | None,
    sources: Sequence[Path],
    storage: Storage,
    *,
    width: int,
    cut_short: bool = False,
    edgar: bool = False,
) -> str:
    """Return the summary of a run: counts, the data directory, and commands to try next.

    `so_far` is the number of alerts in the log, None if unknown. `width` is the width of a line.
    """
    known = "" if so_far is None else f" {plural(so_far, 'alert')} so far."
    summary = [f"\n{counts}." if counts.any else f"\nNothing new.{known}"]
    if cut_short:
        summary.append("Stopped early; the next run continues from here.")
    if not sources and not edgar and not counts.any:
        summary.append("No source was given: use --source DIR or --edgar.")
    options = [*(["--edgar"] if edgar else []), *(f"--source {shlex.quote(str(source))}" for source in sources)]
    watched = " ".join(options) or "--source DIR"
    commands = [
        *([] if so_far == 0 else _NEXT_COMMANDS),
        *([("dlq list", "filings that failed, and why")] if counts.dead_letters else []),
        (f"run {watched}", "keep watching for filings"),
    ]
    lines = [(f"  {command_line(command, storage.options)}", meaning) for command, meaning in commands]
    longest = max(len(command) for command, _ in lines)
    apart = "  " if longest + 2 + max(len(meaning) for _, meaning in lines) <= width else "\n      "
    return "\n".join(
        [
            *summary,
            f"Data: {storage}",
            "",
            "Try next:",
            *(f"{command:<{longest if apart == '  ' else 0}}{apart}{meaning}" for command, meaning in lines),
        ]
    )
