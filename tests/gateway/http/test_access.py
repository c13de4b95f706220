"""Access: what each route requires, and what an open gateway refuses."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from services.gateway.http.access import SESSION_COOKIE
from services.gateway.http.tokens import Scope
from services.gateway.page.rendering import asset, static_file
from services.gateway.read_model.read_model import ReadModel
from tests.gateway.http.alerts_in_memory import AlertsInMemory
from tests.gateway.http.route_table import routes
from tests.gateway.serving import Served, TokensInMemory, bearer, serving

PUBLIC: dict[str, Any] = {"http_public_url": "https://tape.example.com"}
OPEN = {"/livez", "/readyz", "/login", "/logout", "/favicon.ico"}
SUBSCRIBER = {"/subscriptions", "/v1/subscriptions"}


GUARDED = sorted(
    (method, path)
    for method, path in {*routes(), ("GET", "/no/such/route")}
    if path not in OPEN and not path.startswith("/static")
)


@pytest.fixture
def tokens() -> TokensInMemory:
    """Return the tokens of the closed gateway."""
    return TokensInMemory()


@pytest.fixture
async def closed(read_model: ReadModel, tokens: TokensInMemory) -> AsyncIterator[Served]:
    """Yield a gateway that requires tokens."""
    async with serving(read_model, tokens=tokens, **PUBLIC) as served:
        yield served


async def status_of(served: Served, method: str, path: str, token: str | None = None, **headers: str) -> int:
    """Return the status of a request, whose body is not awaited."""
    sent = bearer(token) | headers
    async with served.client.request(method, served.url + path, headers=sent, allow_redirects=False) as response:
        return response.status


def test_every_kind_of_route_is_in_the_table() -> None:
    """The table is made from the routers; an empty one would hold nothing."""
    addresses = {path for _, path in GUARDED}
    assert {"/", "/v1/alerts", "/v1/stream", "/metrics", "/v1/subscriptions", "/subscribe", "/alerts.atom"} <= addresses


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_route_refuses_missing_wrong_revoked_and_weak_tokens(
    closed: Served, tokens: TokensInMemory, method: str, path: str
) -> None:
    """Also a route that does not exist: what there is is nobody's business."""
    revoked, reader = tokens.create(Scope.READ), tokens.create(Scope.READ)
    del tokens.stored[revoked.id]
    forged = f"itk_{reader.id}_{revoked.secret}"
    for token in (None, "x", revoked.text, forged, reader.session.text):
        assert await status_of(closed, method, path, token) == 401
    needs_more = method != "GET" or path == "/metrics" or path.startswith(tuple(SUBSCRIBER))
    assert (await status_of(closed, method, path, reader.text) == 403) is needs_more


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        (Scope.READ, "/v1/alerts", 200),
        (Scope.SUBSCRIBE, "/v1/alerts", 200),
        (Scope.SUBSCRIBE, "/metrics", 403),
        (Scope.ADMIN, "/metrics", 200),
    ],
)
async def test_scope_includes_those_before_it(
    closed: Served, tokens: TokensInMemory, scope: Scope, path: str, status: int
) -> None:
    """A subscriber can read; only an administrator sees the metrics."""
    assert await status_of(closed, "GET", path, tokens.create(scope).text) == status


async def test_error_shows_how_to_authenticate_and_never_the_token(closed: Served) -> None:
    """A client's log keeps error messages."""
    response = await closed.client.get(f"{closed.url}/v1/alerts", headers=bearer("itk_secret"))
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert "secret" not in await response.text()


async def test_probes_are_open(closed: Served) -> None:
    """An orchestrator has no token."""
    assert await status_of(closed, "GET", "/livez") == 200


async def test_token_that_sends_too_much_waits_and_others_do_not(read_model: ReadModel) -> None:
    """One client must not take what all share."""
    tokens = TokensInMemory()
    busy, other = tokens.create(Scope.READ), tokens.create(Scope.READ)
    async with serving(read_model, tokens=tokens, http_rate=0.001, http_burst=2, **PUBLIC) as served:
        statuses = [await status_of(served, "GET", "/v1/codes", busy.text) for _ in range(3)]
        assert statuses == [200, 200, 429]
        response = await served.client.get(f"{served.url}/v1/codes", headers=bearer(busy.text))
        assert int(response.headers["Retry-After"]) > 1
        assert await status_of(served, "GET", "/v1/codes", other.text) == 200


async def test_browser_is_led_to_the_form_and_back(closed: Served, tokens: TokensInMemory) -> None:
    """The cookie is made from the token; script cannot read it, and other sites cannot send it."""
    token = tokens.create(Scope.READ)
    page = {"Accept": "text/html"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        asked = await browser.get(f"{closed.url}/alerts.csv?side=buy", headers=page, allow_redirects=False)
        assert asked.status == 303
        form = asked.headers["Location"]
        assert form == "/login?next=%2Falerts.csv%3Fside%3Dbuy"
        wrong = await browser.post(closed.url + form, data={"token": "itk_no"}, allow_redirects=False)
        assert wrong.status == 403
        signed = await browser.post(closed.url + form, data={"token": f" {token.text} "}, allow_redirects=False)
        assert (signed.status, signed.headers["Location"]) == (303, "/alerts.csv?side=buy")
        cookie = signed.headers["Set-Cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Secure", SESSION_COOKIE))
        assert token.secret not in cookie
    session = {"Cookie": f"{SESSION_COOKIE}={token.session.text}"}
    assert await status_of(closed, "GET", "/v1/alerts", None, **session) == 200
    del tokens.stored[token.id]
    assert await status_of(closed, "GET", "/v1/alerts", None, **session) == 401


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"])
async def test_form_leads_nowhere_else(closed: Served, tokens: TokensInMemory, following: str) -> None:
    """A link to the form of a site that one trusts must not end at another one."""
    signed = await closed.client.post(
        f"{closed.url}/login",
        params={"next": following},
        data={"token": tokens.create(Scope.READ).text},
        allow_redirects=False,
    )
    assert signed.headers["Location"] == "/"


async def test_form_of_another_session_is_refused(closed: Served, tokens: TokensInMemory) -> None:
    """Another site cannot know the secret in our forms."""
    token, other = tokens.create(Scope.SUBSCRIBE), tokens.create(Scope.SUBSCRIBE)
    session = {"Cookie": f"{SESSION_COOKIE}={token.session.text}"}
    for secret in ("", other.session.form_secret):
        response = await closed.client.post(
            f"{closed.url}/subscribe", data={"csrf": secret, "name": "n", "sink": "https://a.example"}, headers=session
        )
        assert response.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_page_of_another_site_cannot_change_anything(served: Served, headers: dict[str, str]) -> None:
    """A browser sends its requests to loopback too."""
    response = await served.client.post(f"{served.url}/v1/subscriptions", json={}, headers=headers)
    assert (response.status, (await response.json())["code"]) == (403, "cross_site_request")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "169.254.1.1", "", "[::2]:80"])
async def test_open_gateway_serves_no_foreign_name(served: Served, host: str) -> None:
    """A site can resolve its own name to loopback (DNS rebinding), and would then be of the same origin."""
    assert await status_of(served, "GET", "/v1/alerts", None, Host=host) == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8345", "[::1]:8345"])
async def test_open_gateway_serves_the_names_of_loopback(served: Served, host: str) -> None:
    """A person may type any of them."""
    assert await status_of(served, "GET", "/v1/alerts", None, Host=host) == 200


async def test_open_gateway_refuses_a_wrong_token_and_ignores_cookies(served: Served) -> None:
    """A wrong token is a mistake; a cookie may be of another port of this machine."""
    assert await status_of(served, "GET", "/v1/alerts", "x") == 401
    assert await status_of(served, "GET", "/v1/alerts", None, Cookie=f"{SESSION_COOKIE}=x") == 200


async def test_named_origin_may_read_with_a_token() -> None:
    """The browser asks first, without the token."""
    origin = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    async with serving(AlertsInMemory(), http_origins="https://app.example", **PUBLIC) as served:
        asked = await served.client.options(
            f"{served.url}/v1/codes", headers=origin | {"Access-Control-Request-Headers": "Authorization"}
        )
        assert asked.headers["Access-Control-Allow-Origin"] == "https://app.example"
        refused = await served.client.options(
            f"{served.url}/v1/codes", headers=origin | {"Origin": "https://other.example"}
        )
        assert "Access-Control-Allow-Origin" not in refused.headers


async def test_login_form_names_its_style_by_content(closed: Served) -> None:
    """Static files are kept forever, so that an address without the hash would show an old one."""
    text = await (await closed.client.get(f"{closed.url}/login")).text()
    assert f'href="{asset("page.css")}"' in text


async def test_browser_finds_an_icon_without_a_token(closed: Served) -> None:
    """It asks for one at this address beside a feed or a CSV file."""
    response = await closed.client.get(f"{closed.url}/favicon.ico")
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    assert await response.read() == static_file("icon.svg")
