"""Options of the commands that serve the gateway or use its database."""

from typing import Annotated, Final

import typer

from services.cli.options.common_options import FLAG

_PANEL: Final = "Web"

Web = Annotated[
    bool,
    typer.Option(
        "--web", metavar=FLAG, help="Serve the alerts too, as `insidertape gateway` does.", rich_help_panel=_PANEL
    ),
]
Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help="Listen on this address; others than loopback need a token. Default: $INSIDERTAPE_HTTP_HOST, 127.0.0.1",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="PORT",
        min=0,
        max=65_535,
        help="Listen on this port; 0 takes a free one. Default: $INSIDERTAPE_HTTP_PORT, 8345",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Keep the read model here, as postgresql+asyncpg://USER@HOST/NAME. "
        "Default: $INSIDERTAPE_DATABASE_URL, else a SQLite file in the data directory",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
