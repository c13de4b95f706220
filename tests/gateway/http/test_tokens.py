"""Tokens: what is shown, what is stored, and what proves what."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.gateway.http.access import Access, required_scope
from services.gateway.http.rate_limits import RateLimits
from services.gateway.http.token_store import CACHE_SECONDS, TokenStore
from services.gateway.http.tokens import Credential, Scope, new_token
from services.gateway.read_model.database import Database
from services.gateway.settings import GatewaySettings
from services.gateway.upgrade_tables import upgrade_tables
from tests.gateway.serving import TokensInMemory

NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)


def test_token_and_its_session_prove_it_and_nothing_else_does() -> None:
    """A cookie is not the token, so a stolen one cannot be used as one."""
    token, stored = new_token("reader", Scope.READ, NOON)
    other, _ = new_token("reader", Scope.READ, NOON)
    assert token.proves(stored)
    assert token.session.proves(stored)
    assert not Credential("itk", token.id, other.secret).proves(stored)
    assert not Credential("itk", token.id, token.session.secret).proves(stored)
    assert not Credential("its", token.id, token.secret).proves(stored)


def test_nothing_stored_or_printed_contains_the_secret() -> None:
    """Logs, tracebacks and backups must not give access."""
    token, stored = new_token("reader", Scope.READ, NOON)
    for text in (repr(stored), repr(token), str(token)):
        assert token.secret not in text
        assert token.session.secret not in text


def test_token_is_read_back_from_its_text() -> None:
    """It has 32 random bytes: 43 characters of base64."""
    token, _ = new_token("reader", Scope.READ, NOON)
    assert Credential.parsed(token.text) == token
    assert len(token.secret) == 43


@pytest.mark.parametrize("text", ["", "itk_", "itk_0_x", "itk_01234567_" + "x" * 42, "abc", "itk_0123456é_" + "x" * 43])
def test_other_text_is_no_credential(text: str) -> None:
    """It is refused before the database is asked."""
    assert Credential.parsed(text) is None


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/", Scope.READ),
        ("GET", "/v1/alerts", Scope.READ),
        ("GET", "/no/such/path", Scope.READ),
        ("POST", "/v1/alerts", Scope.SUBSCRIBE),
        ("GET", "/v1/subscriptions", Scope.SUBSCRIBE),
        ("GET", "/subscriptions", Scope.SUBSCRIBE),
        ("DELETE", "/v1/subscriptions/1", Scope.SUBSCRIBE),
        ("GET", "/metrics", Scope.ADMIN),
        ("GET", "/livez", None),
        ("GET", "/static/page.css", None),
    ],
)
def test_scope_of_a_request(method: str, path: str, scope: Scope | None) -> None:
    """Whatever is not listed as open needs a token, so that a new route is never open by mistake."""
    assert required_scope(method, path) == scope


def test_bucket_is_filled_again_with_time_and_never_beyond_its_size() -> None:
    """With 2 per second, an empty bucket accepts the next request after half a second."""
    now = 0.0
    limits = RateLimits(rate=2, burst=3, clock=lambda: now)
    assert [limits.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert limits.take("b") == 0
    now = 0.5
    assert [limits.take("a") for _ in range(2)] == [0, 0.5]
    now = 1_000.0
    assert [limits.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


@pytest.mark.parametrize("settings", [{"http_host": "0.0.0.0"}, {"http_public_url": "https://tape.example.com"}])  # noqa: S104 - what is refused
async def test_gateway_that_others_can_reach_requires_a_token(settings: dict[str, str]) -> None:
    """Also behind a proxy on the same machine: the public URL shows that there is one."""
    tokens = TokensInMemory()
    access = Access(GatewaySettings(**settings), tokens)  # type: ignore[arg-type]  # the settings are texts here
    with pytest.raises(Misconfigured) as refused:
        await access.require_protection()
    assert refused.value.code == ErrorCode.NO_TOKEN
    tokens.create(Scope.READ)
    await access.require_protection()


async def test_gateway_on_loopback_requires_none() -> None:
    """The newcomer's first start works."""
    await Access(GatewaySettings(), TokensInMemory()).require_protection()


async def test_store_finds_a_token_until_it_is_revoked(tmp_path: Path) -> None:
    """Another process revokes it; what has been found is trusted for a second."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite'}")
    await upgrade_tables(database)
    now = 0.0
    store, other = TokenStore(database, lambda: now), TokenStore(database)
    assert not await store.exist()
    token = await store.create("reader", Scope.SUBSCRIBE)
    found = await store.find(token.id)
    assert found is not None
    assert (found.scope, found.name, token.proves(found)) == (Scope.SUBSCRIBE, "reader", True)
    await other.revoke(token.id)
    assert await store.find(token.id) == found
    now = CACHE_SECONDS
    assert await store.find(token.id) is None
    assert not await store.exist()
    assert [each.revoked_at is not None for each in await store.list()] == [True]
    with pytest.raises(Misconfigured) as unknown:
        await store.revoke("00000000")
    assert unknown.value.code == ErrorCode.NO_SUCH_TOKEN
    await database.close()
