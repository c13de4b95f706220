"""The gateway's settings from the environment."""

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.gateway.origins import checked_origin

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8345


def _split(value: object) -> object:
    """Split a comma-separated variable; any other value is validated as it is."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class GatewaySettings(BaseSettings):
    """Address, database and limits of the gateway. Times are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_", frozen=True, extra="ignore")

    http_host: str = Field(
        default=LOOPBACK,
        min_length=1,
        description="address that the gateway listens on; any but a loopback address needs a token (`token create`)",
    )
    http_port: int = Field(default=DEFAULT_PORT, ge=0, le=65_535, description="the gateway's port; 0 takes a free one")
    http_public_url: Annotated[str, AfterValidator(checked_origin)] | None = Field(
        default=None, description="origin in links of feeds and notifications, such as `https://tape.example.com`"
    )
    http_origins: Annotated[
        tuple[Annotated[str, AfterValidator(checked_origin)], ...], NoDecode, BeforeValidator(_split)
    ] = Field(default=(), description="origins of pages that may read the API (CORS), comma-separated")
    http_rate: float = Field(default=50, gt=0, description="requests per second of one token, on average")
    http_burst: int = Field(default=200, ge=1, description="requests that one token may send at once")
    http_body_limit: int = Field(default=65_536, ge=1_024, description="the largest request body")
    http_connections: int = Field(
        default=12_000, ge=1, description="connections at a time, streams included; others are refused with 503"
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql+asyncpg://…` or `sqlite+aiosqlite:///…`; a SQLite file beside the log if unset",
    )
    stream_clients: int = Field(default=10_000, ge=1, description="streams at a time; others are refused with 503")
    stream_ring: int = Field(
        default=10_000, ge=1, description="newest alerts kept in memory; a client further behind has to reconnect"
    )
    stream_ping: float = Field(default=15, gt=0, description="time after which a silent stream gets a comment")
