"""The tokens in the database."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.gateway.durable_tables import tokens
from services.gateway.http.tokens import Credential, Scope, StoredToken, new_token
from services.gateway.read_model.database import Database

CACHE_SECONDS: Final = 1.0
"""How long a token that was found is trusted; a revoked one is refused after at most so long."""

_MOST_CACHED: Final = 1_000


class TokenStore:
    """Creates, lists, revokes and finds tokens."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._found: dict[str, tuple[float, StoredToken]] = {}

    async def create(self, name: str, scope: Scope) -> Credential:
        """Store a new token and return it; it cannot be shown again."""
        credential, stored = new_token(name, scope, datetime.now(UTC))
        async with self._database.writing() as connection:
            await connection.execute(
                insert(tokens).values(
                    id=stored.id,
                    name=stored.name,
                    sha256=stored.token_hash,
                    session_sha256=stored.session_hash,
                    scopes=stored.scope.value,
                    created_at=stored.created_at,
                )
            )
        return credential

    async def list(self) -> list[StoredToken]:
        """Return every token, the oldest first, revoked ones included."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id))
            return [_stored(row) for row in rows]

    async def revoke(self, token_id: str) -> None:
        """Revoke a token; one that is revoked stays so.

        Raises:
            Misconfigured: there is no such token.
        """
        async with self._database.writing() as connection:
            revoked_at = func.coalesce(tokens.c.revoked_at, datetime.now(UTC))
            changed = await connection.execute(
                update(tokens).where(tokens.c.id == token_id).values(revoked_at=revoked_at)
            )
        self._found.pop(token_id, None)
        if not changed.rowcount:
            raise Misconfigured(ErrorCode.NO_SUCH_TOKEN, f"there is no token {token_id}")

    async def find(self, token_id: str) -> StoredToken | None:
        """Return the token with this id unless it has been revoked; None if there is none."""
        now = self._clock()
        if (cached := self._found.get(token_id)) is not None and now - cached[0] < CACHE_SECONDS:
            return cached[1]
        async with self._database.reading() as connection:
            query = select(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
            row = (await connection.execute(query)).first()
        if row is None:
            self._found.pop(token_id, None)
            return None
        if len(self._found) >= _MOST_CACHED:
            self._found.clear()
        self._found[token_id] = (now, stored := _stored(row))
        return stored

    async def exist(self) -> bool:
        """Return whether there is a token that has not been revoked."""
        async with self._database.reading() as connection:
            query = select(tokens.c.id).where(tokens.c.revoked_at.is_(None)).limit(1)
            return (await connection.execute(query)).first() is not None


def _stored(row: Row[Any]) -> StoredToken:
    return StoredToken(
        id=row.id,
        name=row.name,
        scope=Scope(row.scopes),
        token_hash=row.sha256,
        session_hash=row.session_sha256,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
