"""Who may do what: the scope that a request needs, and the credential that it presents.

A gateway that listens on loopback alone, without a public URL, is open: whoever reaches it is a user of this machine.
Every other gateway requires a token. A token that is presented must be valid in either case.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Final, Protocol
from urllib.parse import urlsplit

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.gateway.http.problems import Problem
from services.gateway.http.rate_limits import RateLimits
from services.gateway.http.tokens import Credential, Scope, StoredToken
from services.gateway.settings import GatewaySettings

SESSION_COOKIE: Final = "insidertape_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/login", "/logout", "/openapi.json", "/favicon.ico"})
_OPEN_PREFIXES: Final = ("/static/",)
_SUBSCRIPTION_PREFIXES: Final = ("/v1/subscriptions", "/subscriptions")
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="insidertape"'}


class Tokens(Protocol):
    """The stored tokens."""

    async def find(self, token_id: str) -> StoredToken | None:
        """Return the token with this id unless it has been revoked; None if there is none."""
        ...

    async def exist(self) -> bool:
        """Return whether there is a token that has not been revoked."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request. `token_id` is None on an open gateway; `form_secret` is what forms must contain."""

    scope: Scope
    form_secret: str
    token_id: str | None = None
    has_session: bool = False


def required_scope(method: str, path: str) -> Scope | None:
    """Return the scope that a request needs; None if anyone may send it.

    >>> required_scope("GET", "/v1/alerts"), required_scope("GET", "/livez")
    (<Scope.READ: 'read'>, None)
    >>> required_scope("GET", "/v1/subscriptions/7"), required_scope("GET", "/metrics")
    (<Scope.SUBSCRIBE: 'subscribe'>, <Scope.ADMIN: 'admin'>)
    """
    if path in _OPEN_PATHS or path.startswith(_OPEN_PREFIXES):
        return None
    if path == "/metrics":
        return Scope.ADMIN
    if method not in SAFE_METHODS or path.startswith(_SUBSCRIPTION_PREFIXES):
        return Scope.SUBSCRIBE
    return Scope.READ


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's loopback.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("example.com")
    (True, True, False, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access:
    """Authenticates requests and limits their rate."""

    def __init__(self, settings: GatewaySettings, tokens: Tokens) -> None:
        self._tokens = tokens
        self._limits = RateLimits(settings.http_rate, settings.http_burst)
        self._public_host = urlsplit(settings.http_public_url).netloc.lower() if settings.http_public_url else None
        self._open_secret = secrets.token_urlsafe()
        self.is_behind_tls = (settings.http_public_url or "").startswith("https:")
        self.is_open = is_loopback(settings.http_host) and self._public_host is None

    async def require_protection(self) -> None:
        """Require a token if others than the users of this machine can reach the gateway.

        Raises:
            Misconfigured: there is none.
        """
        if not self.is_open and not await self._tokens.exist():
            raise Misconfigured(
                ErrorCode.NO_TOKEN, "others can reach the gateway, and there is no token; `insidertape token create`"
            )

    async def admit(self, method: str, path: str, headers: Mapping[str, str]) -> Caller:
        """Return who sent a request.

        Raises:
            Problem: the request needs a token or another scope, comes from another site, or is one too many.
        """
        self._require_own_host(headers)
        if method not in SAFE_METHODS and "authorization" not in headers:
            require_same_origin(headers)
        needed = required_scope(method, path)
        if needed is None:
            return _ANYONE
        caller = await self._caller(self._presented(headers))
        if not caller.scope.includes(needed):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                ErrorCode.SCOPE_MISSING,
                f"{method} {path} needs the scope {needed}; the token has {caller.scope}",
            )
        if caller.token_id is not None and (wait := self._limits.take(caller.token_id)):
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                ErrorCode.TOO_MANY_REQUESTS,
                f"the next request is accepted in {wait:.2f} s",
                headers={"Retry-After": str(int(wait) + 1)},
            )
        return caller

    async def session_of(self, credential: Credential | None) -> Credential:
        """Return the page's session for a token.

        Raises:
            Problem: it is not a valid token.
        """
        if credential is None or not credential.is_token:
            raise wrong_token()
        await self._caller(credential)
        return credential.session

    async def is_valid(self, token_id: str | None) -> bool:
        """Return whether a token that was admitted is still valid; always true on an open gateway without one."""
        return token_id is None or await self._tokens.find(token_id) is not None

    async def _caller(self, credential: Credential | None) -> Caller:
        if credential is None:
            if self.is_open:
                return Caller(Scope.ADMIN, self._open_secret)
            raise Problem(
                HTTPStatus.UNAUTHORIZED, ErrorCode.TOKEN_REQUIRED, "the request has no token", headers=_CHALLENGE
            )
        stored = await self._tokens.find(credential.id)
        if stored is None or not credential.proves(stored):
            raise wrong_token()
        session = credential.session if credential.is_token else credential
        return Caller(stored.scope, session.form_secret, stored.id, has_session=not credential.is_token)

    def _presented(self, headers: Mapping[str, str]) -> Credential | None:
        """Return the credential of a request: a bearer token, else the page's session; None if it has none.

        An open gateway ignores sessions: browsers send the cookies of other ports of this machine too.

        Raises:
            Problem: the header is not a bearer token.
        """
        if (authorization := headers.get("authorization")) is not None:
            scheme, _, text = authorization.partition(" ")
            credential = Credential.parsed(text.strip()) if scheme.lower() == "bearer" else None
            if credential is None or not credential.is_token:
                raise wrong_token()
            return credential
        session = None if self.is_open else _session(headers.get("cookie", ""))
        return session if session is not None and not session.is_token else None

    def _require_own_host(self, headers: Mapping[str, str]) -> None:
        """Refuse names that are not the gateway's: another site may resolve its own name to this address.

        Only an open gateway needs this, since the browser of its user sends no token either.
        """
        host = headers.get("host", "").lower()
        if self.is_open and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST, ErrorCode.WRONG_HOST, f"{host[:200]!r} is not this gateway's name"
            )


def require_same_origin(headers: Mapping[str, str]) -> None:
    """Refuse a request that a browser sent for a page of another origin; programs send neither header.

    Raises:
        Problem: the request comes from another site.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    foreign = (
        site not in {"same-origin", "none"}
        if site is not None
        else origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    )
    if foreign:
        raise Problem(
            HTTPStatus.FORBIDDEN, ErrorCode.CROSS_SITE_REQUEST, "the request was sent by a page of another origin"
        )


def require_form_secret(caller: Caller, sent: str | None) -> None:
    """Require the secret of the caller's forms in a form that was posted; compares in constant time.

    Raises:
        Problem: it is missing, or of another session.
    """
    if not hmac.compare_digest((sent or "").encode(), caller.form_secret.encode()):
        raise Problem(
            HTTPStatus.FORBIDDEN, ErrorCode.CROSS_SITE_REQUEST, "the form is of another session; reload the page"
        )


def wrong_token() -> Problem:
    """Return the problem of a credential that is unknown, malformed or revoked; it does not say which."""
    return Problem(
        HTTPStatus.UNAUTHORIZED, ErrorCode.WRONG_TOKEN, "the token is unknown or has been revoked", headers=_CHALLENGE
    )


_ANYONE: Final = Caller(Scope.READ, form_secret="")


def _session(cookies: str) -> Credential | None:
    try:
        cookie = SimpleCookie(cookies).get(SESSION_COOKIE)
    except CookieError:
        return None
    return Credential.parsed(cookie.value) if cookie else None
