"""The options that commands share, and what their values may be."""

from pathlib import Path
from typing import Annotated, Final

import platformdirs
import typer

from services.cli.options.choices import Format

FLAG: Final = ""
"""The metavar of an option that takes no value: help shows none."""

_RUN: Final = "Where the data is"


def examples(*lines: str) -> str:
    """The epilog of a command's help."""
    return "\n".join(["Examples:", *(f"  insidertape {line}" for line in lines)])


Sources = Annotated[
    list[Path] | None,
    typer.Option("--source", metavar="DIR", help="Watch this directory and all below it. May be given several times."),
]
Edgar = Annotated[
    bool, typer.Option("--edgar", metavar=FLAG, help="Watch EDGAR itself: every Form 3, 4 and 5 as it appears.")
]
Contact = Annotated[
    str | None,
    typer.Option(
        "--contact",
        metavar="NAME AND E-MAIL",
        help="Whom EDGAR may ask about these requests; it wants to be told. Default: $INSIDERTAPE_EDGAR_CONTACT",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="INSIDERTAPE_DATA",
        help=f"The embedded engine's data. Default: {platformdirs.user_data_path('insidertape')}",
        show_default=False,
        rich_help_panel=_RUN,
    ),
]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka", metavar="HOST:PORT", help="This Kafka instead of the embedded engine.", rich_help_panel=_RUN
    ),
]
ServiceKafka = Annotated[
    str | None,
    typer.Option("--kafka", metavar="HOST:PORT", help="The broker. Default: $INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", metavar=FLAG, help="Go on with what comes, until Ctrl-C.")]
Form = Annotated[Format, typer.Option("--format", metavar="FORMAT", case_sensitive=False, help="table, jsonl or csv.")]
