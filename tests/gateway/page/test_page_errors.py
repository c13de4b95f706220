"""Pages while the database is unavailable."""

from typing import NoReturn

from contracts.codes import ErrorCode
from contracts.errors import TransientError
from services.gateway.read_model.stored import Cursor
from tests.gateway.serving import serving


class AbsentDatabase:
    """A read model whose database went away after the stream began."""

    async def newest(self) -> Cursor:
        """Return how far it was."""
        return Cursor("generation", 0)

    async def since(self, seq: int, limit: int) -> list[NoReturn]:  # noqa: ARG002 - as the read model has it
        """Return nothing new."""
        return []

    async def tape(self, *_: object) -> NoReturn:
        """Fail as the read model does."""
        raise TransientError(ErrorCode.DATABASE_UNAVAILABLE, "PostgreSQL does not answer (connection refused)")


async def test_page_without_database_says_so_and_tries_again() -> None:
    """A screen on a wall comes back by itself."""
    async with serving(AbsentDatabase()) as served, served.client.get(f"{served.url}/") as answer:
        text = await answer.text()
        assert answer.status == 503
        assert answer.headers["Retry-After"]
    assert '<meta http-equiv="refresh" content="10">' in text
    assert "The tape cannot be read" in text
    assert "PostgreSQL does not answer (connection refused)." in text
    assert "nothing is lost" in text
