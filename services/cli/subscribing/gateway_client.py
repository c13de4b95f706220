"""A client of the gateway's API for the terminal."""

import json
from typing import Any, Final

import aiohttp
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, Refused, TransientError, Unreachable
from services.gateway.settings import DEFAULT_PORT, LOOPBACK
from services.runtime.settings import load

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
_NO_CONTENT: Final = 204
_REFUSALS: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500


class GatewayClientSettings(BaseSettings):
    """Where the gateway is, and the token for it."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_GATEWAY_", frozen=True, extra="ignore")

    url: str = Field(
        default=f"http://{LOOPBACK}:{DEFAULT_PORT}", description="address of the gateway for `subscriptions`"
    )
    token: SecretStr | None = Field(
        default=None, description="token with the scope `subscribe`; a gateway on loopback needs none"
    )


class GatewayClient:
    """Sends requests to the gateway and returns their JSON."""

    def __init__(self, url: str | None = None) -> None:
        """Take the address and the token from the environment; `url` comes first.

        Raises:
            Misconfigured: a variable is wrong.
        """
        settings = load(GatewayClientSettings, **({} if url is None else {"url": url}))
        self._url = settings.url.rstrip("/")
        self._headers = (
            {} if settings.token is None else {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        )

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the JSON of its answer; None if it has no content.

        Raises:
            Unreachable: there is no gateway at the address.
            Refused: the token is missing or wrong, or its scope is too small.
            TransientError: the gateway cannot answer now.
            Misconfigured: the gateway refuses the request; the code is the gateway's.
        """
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.request(
                    method, self._url + path, json=body, headers=self._headers, allow_redirects=False
                ) as response,
            ):
                text = await response.text()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unreachable(
                ErrorCode.GATEWAY_UNREACHABLE, f"{self._url} does not answer: {str(error) or type(error).__name__}"
            ) from None
        if status == _NO_CONTENT:
            return None
        content = _content(text)
        if status < 300 and content is not None:  # noqa: PLR2004 - HTTP's own number
            return content
        raise _error(status, content, self._url)


def _content(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _error(status: int, content: Any, url: str) -> Exception:
    if not isinstance(content, dict) or "code" not in content:
        return Unreachable(ErrorCode.GATEWAY_UNREACHABLE, f"{url} is not a gateway: it answers {status}")
    code, message = str(content["code"]), str(content.get("detail", ""))
    if status in _REFUSALS:
        return Refused(code, message)
    return TransientError(code, message) if status >= _SERVER_ERROR else Misconfigured(code, message)
