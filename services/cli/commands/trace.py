"""`insidertape trace`: the path of one filing through the pipeline."""

from enum import StrEnum
from typing import Annotated

import typer

from services.cli.options.choices import Format
from services.cli.options.common_options import Data, Kafka


class TraceFormat(StrEnum):
    """Output formats of `trace`."""

    TABLE = "table"
    JSONL = "jsonl"


def trace(
    filing: Annotated[
        str,
        typer.Argument(
            metavar="ACCESSION|PATH", help="Accession number, filing_id, or path of a file in a watched directory."
        ),
    ],
    data: Data = None,
    kafka: Kafka = None,
    form: Annotated[
        TraceFormat, typer.Option("--format", metavar="FORMAT", case_sensitive=False, help="table or jsonl.")
    ] = TraceFormat.TABLE,
) -> None:
    """Show the path of a filing: seen, published, parsed or dead-lettered, its positions and its alerts.

    Everything is read from the topics. The exit status is 1 if no topic contains the filing.
    """
    from services.cli.application.process import run_command, until_stopped
    from services.cli.reading.filing_trace import trace_filing
    from services.cli.wiring.storage import Storage, open_engine

    async def work() -> None:
        async with open_engine(Storage(data, kafka), read_only=True) as engine:
            if not await trace_filing(engine, filing, Format(form)):
                raise typer.Exit(1)

    run_command(until_stopped(work))
