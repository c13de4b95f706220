"""Settings from the environment: one frozen object a service. Every variable begins with `INSIDERTAPE_`."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured

S = TypeVar("S", bound=BaseSettings)

_NAMESPACE: Final = re.compile(r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?")
_LONGEST_NAMESPACE: Final = 64
"""Characters; with the longest of our topics it stays far below the 249 that Kafka allows."""


def checked_namespace(namespace: str) -> str:
    """Return the namespace.

    Raises:
        ValueError: Kafka would not take it in a name, or it is too long.
    """
    if len(namespace) > _LONGEST_NAMESPACE or not _NAMESPACE.fullmatch(namespace):
        raise ValueError(
            f"a namespace has at most {_LONGEST_NAMESPACE} letters, digits, hyphens and underscores, "
            "and single dots between them"
        )
    return namespace


class KafkaSettings(BaseSettings):
    """How to reach the broker, and how long to wait for it. Times are seconds."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_", frozen=True, extra="ignore")

    kafka_bootstrap_servers: str = Field(min_length=1, description="HOST:PORT of one or more brokers, comma-separated")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how to talk to the broker"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="with a SASL protocol"
    )
    kafka_sasl_username: str | None = Field(default=None, description="with a SASL protocol")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="with a SASL protocol; never logged")
    kafka_ssl_cafile: Path | None = Field(default=None, description="authorities to trust; the system's where unset")
    kafka_ssl_certfile: Path | None = Field(default=None, description="this client's certificate, for mutual TLS")
    kafka_ssl_keyfile: Path | None = Field(default=None, description="the key of that certificate")
    namespace: Annotated[str, AfterValidator(checked_namespace)] = Field(
        default="",
        description="environment on a shared broker: `acme` makes the topic `insidertape.filings.v1`, each group and "
        "each transactional id `acme.insidertape.…`; the embedded engine has a data directory per environment instead",
    )
    kafka_connect_tries: int = Field(
        default=3, ge=0, description="tries to reach a broker that was never reached; 0 waits for ever"
    )
    kafka_partitions: int = Field(default=8, ge=1, description="partitions of a topic that `topics apply` creates")
    kafka_replication: int = Field(default=1, ge=1, description="replicas of a topic that `topics apply` creates")
    kafka_session_timeout: float = Field(
        default=10, gt=1, description="after which a silent member loses its partitions"
    )
    kafka_transaction_timeout: float = Field(
        default=30, gt=1, description="after which the broker aborts a transaction"
    )
    kafka_commit_deadline: float = Field(default=10, gt=0, description="longest a batch may take to commit")
    kafka_stall_deadline: float = Field(default=60, gt=0, description="silence after which the process exits")
    kafka_topic_check_interval: float = Field(
        default=10, gt=0, description="seconds between checks that the topics are those a service started with"
    )

    @model_validator(mode="after")
    def _credentials_with_sasl(self) -> Self:
        if "SASL" in self.kafka_security_protocol and not (self.kafka_sasl_username and self.kafka_sasl_password):
            raise ValueError(
                f"{self.kafka_security_protocol} needs INSIDERTAPE_KAFKA_SASL_USERNAME and "
                "INSIDERTAPE_KAFKA_SASL_PASSWORD"
            )
        return self


class LogSettings(BaseSettings):
    """What the logs look like."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_LOG_", frozen=True, extra="ignore")

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least severe that shows")
    format: Literal["auto", "json", "console"] = Field(default="auto", description="auto: console on a terminal")


class ServiceSettings(KafkaSettings):
    """What every service on Kafka needs."""

    dead_letter_share: float = Field(
        default=0.5, gt=0, le=1, description="share of dead letters in the last 1,000 records that stops a service"
    )


class ParserSettings(ServiceSettings):
    """The parser's settings."""


class HoldingsSettings(ServiceSettings):
    """The settings of holdings."""


def _from_json(value: object) -> object:
    """What JSON in a variable says. Left to pydantic-settings, a mistake in it would not name the variable."""
    return json.loads(value) if isinstance(value, str) else value


class WatcherSettings(ServiceSettings):
    """The watcher's settings."""

    sources: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_from_json)] = Field(
        default=(), description="directories to watch, a JSON list"
    )
    poll_interval: float = Field(default=5, gt=0, description="seconds between full scans of the directories")
    force_polling: bool = Field(
        default=False, description="look every poll_interval alone: for network drives that tell of no changes"
    )


class EdgarSettings(BaseSettings):
    """Where EDGAR is, and who asks it."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_EDGAR_", frozen=True, extra="ignore")

    contact: str | None = Field(default=None, description="name and e-mail address that EDGAR is told; it requires one")
    url: str = Field(default="https://www.sec.gov", description="origin of every request: EDGAR, or what stands for it")
    poll_interval: float = Field(
        default=10.0, ge=1, description="seconds between looks at EDGAR's feed from 16:00 to 22:00 Eastern; longer else"
    )


class MetricsSettings(BaseSettings):
    """Where metrics and probes are served, if they are."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_METRICS_", frozen=True, extra="ignore")

    port: int | None = Field(
        default=None, ge=1, le=65_535, description="serves /metrics, /livez, /readyz and /version on this port"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="address that the metrics port listens on")


def load(settings: type[S], **overrides: Any) -> S:
    """The settings from the environment, `overrides` first.

    Raises:
        Misconfigured: a variable is missing or wrong; the message names it, and never its value.
    """
    try:
        return settings(**overrides)
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        problems = "; ".join(
            ": ".join([*(f"{prefix}{part}".upper() for part in problem["loc"][:1]), problem["msg"]])
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise Misconfigured(ErrorCode.WRONG_SETTING, problems) from None
