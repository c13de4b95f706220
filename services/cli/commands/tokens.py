"""`insidertape token create | list | revoke`: access to a gateway that others can reach."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.application.app import App
from services.cli.options.common_options import Data, examples
from services.cli.options.gateway_options import Database

if TYPE_CHECKING:
    import asyncio

    from services.gateway.http.token_store import TokenStore

token_app = App(help="Manage the tokens of a gateway that others than this machine's users can reach.")


class ScopeChoice(StrEnum):
    """The permissions of a token; each scope includes those before it."""

    READ = "read"
    SUBSCRIBE = "subscribe"
    ADMIN = "admin"


@token_app.command(epilog=examples("token create newsroom", "token create alerts-bot --scope subscribe"))
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people: who uses the token.")],
    scope: Annotated[
        ScopeChoice,
        typer.Option("--scope", metavar="SCOPE", help="read, subscribe (also webhooks) or admin (also metrics)."),
    ] = ScopeChoice.READ,
    data: Data = None,
    database: Database = None,
) -> None:
    """Create a token and print it. It is shown only now."""

    async def work(store: "TokenStore") -> None:
        from services.gateway.http.tokens import Scope

        credential = await store.create(name, Scope(scope.value))
        typer.echo(credential.text)
        typer.echo(f"Token {credential.id} is shown only now. Send it as `Authorization: Bearer TOKEN`.", err=True)

    _with_store(data, database, work)


@token_app.command(name="list")
def list_tokens(data: Data = None, database: Database = None) -> None:
    """List the tokens: id, scope, creation, state and name."""

    async def work(store: "TokenStore") -> None:
        for token in await store.list():
            state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else "valid"
            typer.echo(f"{token.id}  {token.scope:<9}  {token.created_at:%Y-%m-%d}  {state:<18}  {token.name}")

    _with_store(data, database, work)


@token_app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The token's id, see `token list`.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Revoke a token. Running gateways refuse it within a second, and end its streams within fifteen."""

    async def work(store: "TokenStore") -> None:
        await store.revoke(token_id)

    _with_store(data, database, work)


def _with_store(data: "Data", database: str | None, use: "Callable[[TokenStore], Awaitable[None]]") -> None:
    from services.cli.application.process import run_command
    from services.cli.wiring.storage import Storage
    from services.gateway.gateway_service import database_url
    from services.gateway.http.token_store import TokenStore
    from services.gateway.read_model.database import Database as OpenDatabase
    from services.gateway.settings import GatewaySettings
    from services.gateway.upgrade_tables import upgrade_tables
    from services.runtime.settings import load

    async def work(_: "asyncio.Event") -> None:
        given = {} if database is None else {"database_url": database}
        opened = OpenDatabase(database_url(load(GatewaySettings, **given), Storage(data).directory))
        try:
            await upgrade_tables(opened)
            await use(TokenStore(opened))
        finally:
            await opened.close()

    run_command(work)
