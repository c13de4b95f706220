"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import platformdirs
import typer

from services.cli.options.choices import AlertFormat, Format

FLAG: Final = ""
"""Metavar of an option without a value, so that help shows none."""

_RUN: Final = "Data"


def examples(*lines: str) -> str:
    """Return the examples at the end of a command's help."""
    return "\n".join(["Examples:", *(f"  insidertape {line}" for line in lines)])


Sources = Annotated[
    list[Path] | None,
    typer.Option("--source", metavar="DIR", help="Watch this directory and its subdirectories; repeatable."),
]
Edgar = Annotated[bool, typer.Option("--edgar", metavar=FLAG, help="Watch EDGAR: every Form 3, 4 and 5 as it appears.")]
Contact = Annotated[
    str | None,
    typer.Option(
        "--contact",
        metavar="NAME AND E-MAIL",
        help="Contact sent to EDGAR in the User-Agent; required by the SEC. Default: $INSIDERTAPE_EDGAR_CONTACT",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="INSIDERTAPE_DATA",
        help=f"Data directory of the embedded engine. Default: {platformdirs.user_data_path('insidertape')}",
        show_default=False,
        rich_help_panel=_RUN,
    ),
]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        metavar="HOST:PORT",
        help="Use this Kafka broker instead of the embedded engine.",
        rich_help_panel=_RUN,
    ),
]
ServiceKafka = Annotated[
    str | None,
    typer.Option("--kafka", metavar="HOST:PORT", help="Kafka broker. Default: $INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", metavar=FLAG, help="Keep printing new events until Ctrl-C.")]
Form = Annotated[
    Format, typer.Option("--format", metavar="FORMAT", case_sensitive=False, help="Output format: table, jsonl or csv.")
]
AlertForm = Annotated[
    AlertFormat,
    typer.Option(
        "--format",
        metavar="FORMAT",
        case_sensitive=False,
        help="Output format: table, text (one sentence per filing), jsonl or csv.",
    ),
]
