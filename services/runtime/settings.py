"""Settings from the environment: one frozen object per service. Every variable begins with `INSIDERTAPE_`."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured

S = TypeVar("S", bound=BaseSettings)

SECRETS_DIRECTORY: Final = "INSIDERTAPE_SECRETS_DIR"
"""The variable that names the directory of the secrets."""
_SERVERS: Final = "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"
_NAMESPACE: Final = re.compile(r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?")
_LONGEST_NAMESPACE: Final = 64
"""In characters. With the longest topic name it stays far below the 249 that Kafka allows."""


def checked_namespace(namespace: str) -> str:
    """Return the namespace if it is valid.

    Raises:
        ValueError: Kafka does not allow it in a name, or it is too long.
    """
    if len(namespace) > _LONGEST_NAMESPACE or not _NAMESPACE.fullmatch(namespace):
        raise ValueError(
            f"a namespace has at most {_LONGEST_NAMESPACE} letters, digits, hyphens and underscores, "
            "and single dots between them"
        )
    return namespace


class KafkaSettings(BaseSettings):
    """How to reach the broker, and how long to wait for it. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_", frozen=True, extra="ignore")

    kafka_bootstrap_servers: str = Field(min_length=1, description="HOST:PORT of one or more brokers, comma-separated")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="protocol of the connection to the broker"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="with a SASL protocol"
    )
    kafka_sasl_username: str | None = Field(default=None, description="with a SASL protocol")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="with a SASL protocol; never logged")
    kafka_ssl_cafile: Path | None = Field(default=None, description="authorities to trust; the system's if unset")
    kafka_ssl_certfile: Path | None = Field(default=None, description="this client's certificate, for mutual TLS")
    kafka_ssl_keyfile: Path | None = Field(default=None, description="the key of that certificate")
    namespace: Annotated[str, AfterValidator(checked_namespace)] = Field(
        default="",
        description="environment on a shared broker: `acme` makes the topic `insidertape.filings.v1`, each group and "
        "each transactional id `acme.insidertape.…`; the embedded engine has a data directory per environment instead",
    )
    kafka_connect_tries: int = Field(
        default=3, ge=0, description="tries to reach the broker at the start; 0 waits forever"
    )
    kafka_partitions: int = Field(default=8, ge=1, description="partitions of a topic that `topics apply` creates")
    kafka_replication: int = Field(default=1, ge=1, description="replicas of a topic that `topics apply` creates")
    kafka_session_timeout: float = Field(
        default=10, gt=1, description="time after which a silent member loses its partitions"
    )
    kafka_transaction_timeout: float = Field(
        default=30, gt=1, description="time after which the broker aborts a transaction"
    )
    kafka_commit_deadline: float = Field(default=10, gt=0, description="the longest time for a batch to commit")
    kafka_stall_deadline: float = Field(
        default=60, gt=0, description="time without progress after which the process exits"
    )
    kafka_topic_check_interval: float = Field(
        default=10, gt=0, description="seconds between checks that the topics are still those at the start"
    )
    snapshot_directory: Path | None = Field(
        default=None,
        description="directory in which holdings keeps a snapshot of each partition's books, for a fast start; keep it "
        "between starts, on a local disk; unset: the books are read from their topic at each start",
    )
    snapshot_interval: float = Field(default=600, ge=1, description="seconds between snapshots of a partition")

    @property
    def kafka_servers_given_by(self) -> str:
        """The variable or, if that is unset or overridden, the option that the address comes from."""
        is_from_environment = os.environ.get(_SERVERS) == self.kafka_bootstrap_servers
        return _SERVERS if is_from_environment else "--kafka"

    @model_validator(mode="after")
    def _credentials_with_sasl(self) -> Self:
        if "SASL" in self.kafka_security_protocol and not (self.kafka_sasl_username and self.kafka_sasl_password):
            raise ValueError(
                f"{self.kafka_security_protocol} needs INSIDERTAPE_KAFKA_SASL_USERNAME and "
                "INSIDERTAPE_KAFKA_SASL_PASSWORD"
            )
        return self


class LogSettings(BaseSettings):
    """Level and format of the logs."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_LOG_", frozen=True, extra="ignore")

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="minimum level")
    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`auto` is `console` on a terminal, else `json`"
    )


class ServiceSettings(KafkaSettings):
    """Settings of every service on Kafka."""

    dead_letter_share: float = Field(
        default=0.5, gt=0, le=1, description="share of dead letters in the last 1,000 records that stops a service"
    )


class ParserSettings(ServiceSettings):
    """The parser's settings."""


class HoldingsSettings(ServiceSettings):
    """The settings of holdings."""


def _from_json(value: object) -> object:
    """Parse a variable as JSON. Left to pydantic-settings, an error in it would not name the variable."""
    return json.loads(value) if isinstance(value, str) else value


class WatcherSettings(ServiceSettings):
    """The watcher's settings."""

    sources: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_from_json)] = Field(
        default=(), description="directories to watch, a JSON list"
    )
    poll_interval: float = Field(default=5, gt=0, description="seconds between full scans of the directories")
    force_polling: bool = Field(
        default=False, description="only scan every poll_interval: for network drives that report no changes"
    )


class EdgarSettings(BaseSettings):
    """EDGAR's address, the contact that it requires, and how often it is polled."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_EDGAR_", frozen=True, extra="ignore")

    contact: str | None = Field(
        default=None, description="name and e-mail address sent to EDGAR in the User-Agent; required by the SEC"
    )
    url: str = Field(default="https://www.sec.gov", description="origin of every request: EDGAR, or a substitute")
    poll_interval: float = Field(
        default=10.0,
        ge=1,
        description="seconds between polls of EDGAR's feed from 16:00 to 22:00 Eastern; longer at other times",
    )


class MetricsSettings(BaseSettings):
    """The address at which metrics and probes are served."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_METRICS_", frozen=True, extra="ignore")

    port: int | None = Field(
        default=None, ge=1, le=65_535, description="serves /metrics, /livez, /readyz and /version on this port"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="address that the metrics port listens on")


def load(settings: type[S], **overrides: Any) -> S:
    """Return the settings from the environment; `overrides` come first.

    A setting that the environment lacks is read from the directory `INSIDERTAPE_SECRETS_DIR`, if that is set. The file
    has the variable's name in lower case.

    Raises:
        Misconfigured: a variable is missing or wrong. The message names it, but never contains its value.
    """
    try:
        return settings(_secrets_dir=_secrets_directory(), **overrides)
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        problems = "; ".join(_problem(prefix, each) for each in error.errors(include_url=False, include_input=False))
        raise Misconfigured(ErrorCode.WRONG_SETTING, problems) from None


def _secrets_directory() -> str | None:
    """Return the directory of the secrets, one file per setting; None if there is none.

    Raises:
        Misconfigured: it cannot be read.
    """
    directory = os.environ.get(SECRETS_DIRECTORY)
    if directory and not os.access(directory, os.R_OK | os.X_OK):
        raise Misconfigured(ErrorCode.WRONG_SETTING, f"{SECRETS_DIRECTORY}: the directory cannot be read")
    return directory or None


def _problem(prefix: str, problem: ErrorDetails) -> str:
    """Return the variable and what is wrong with it, without its value."""
    name = "".join(f"{prefix}{part}".upper() for part in problem["loc"][:1])
    if problem["type"] == "missing":
        return f"{name} is not set"
    return f"{name}: {problem['msg']}" if name else problem["msg"]
