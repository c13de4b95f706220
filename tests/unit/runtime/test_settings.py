"""Settings from the environment: named in every error, frozen, and with secrets hidden."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts.errors import Misconfigured
from services.runtime.settings import (
    HoldingsSettings,
    KafkaSettings,
    LogSettings,
    ParserSettings,
    ServiceSettings,
    WatcherSettings,
    load,
)

SECRET = "correct-horse-battery-staple"  # noqa: S105 - it opens nothing


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove all variables of ours, and set the broker's address."""
    for name in os.environ:
        if name.startswith("INSIDERTAPE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS", "broker:9092")


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2", "a:1,b:2"),
        ("KAFKA_SASL_MECHANISM", "PLAIN", "PLAIN"),
        ("KAFKA_SSL_CAFILE", "/etc/ca.pem", Path("/etc/ca.pem")),
        ("KAFKA_PARTITIONS", "12", 12),
        ("NAMESPACE", "acme.staging-2", "acme.staging-2"),
        ("NAMESPACE", "", ""),
        ("KAFKA_STALL_DEADLINE", "2.5", 2.5),
        ("DEAD_LETTER_SHARE", "0.1", 0.1),
        ("SOURCES", '["/filings", "more"]', (Path("/filings"), Path("more"))),
        ("POLL_INTERVAL", "30", 30.0),
    ],
)
def test_every_setting_has_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, value: object
) -> None:
    """`INSIDERTAPE_` and the field's name, in capitals."""
    monkeypatch.setenv(f"INSIDERTAPE_{variable}", text)
    assert getattr(load(WatcherSettings), variable.lower()) == value


def test_address_is_attributed_to_the_option_or_the_variable_that_gave_it() -> None:
    """Whoever typed `--kafka` may not know the variable."""
    assert load(WatcherSettings).kafka_servers_given_by == "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"
    assert load(WatcherSettings, kafka_bootstrap_servers="typed:1").kafka_servers_given_by == "--kafka"


def test_the_logs_have_their_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """`INSIDERTAPE_LOG_LEVEL` and `INSIDERTAPE_LOG_FORMAT`; no broker is needed to read them."""
    monkeypatch.delenv("INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS")
    monkeypatch.setenv("INSIDERTAPE_LOG_LEVEL", "debug")
    monkeypatch.setenv("INSIDERTAPE_LOG_FORMAT", "json")
    assert load(LogSettings) == LogSettings(level="debug", format="json")


def test_the_address_alone_is_enough() -> None:
    """Everything else has a default that works with a local broker."""
    for settings in (KafkaSettings, ServiceSettings, ParserSettings, HoldingsSettings, WatcherSettings):
        assert load(settings).kafka_security_protocol == "PLAINTEXT"


def test_options_override_the_environment() -> None:
    """An option is more specific than a variable."""
    assert load(KafkaSettings, kafka_bootstrap_servers="option:1").kafka_bootstrap_servers == "option:1"


def test_settings_are_frozen() -> None:
    """The settings of a service must not change while it runs."""
    with pytest.raises(ValidationError, match="frozen"):
        load(KafkaSettings).kafka_partitions = 3  # type: ignore[misc]  # that it cannot be set is the point


def test_a_missing_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the only setting without a default."""
    monkeypatch.delenv("INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS")
    with pytest.raises(Misconfigured) as refused:
        load(KafkaSettings)
    assert str(refused.value) == "wrong_setting: INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS is not set"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", ""),
        ("KAFKA_SECURITY_PROTOCOL", SECRET),
        ("KAFKA_SASL_MECHANISM", SECRET),
        ("KAFKA_PARTITIONS", SECRET),
        ("KAFKA_PARTITIONS", "0"),
        ("NAMESPACE", f"{SECRET}/"),
        ("NAMESPACE", "acme\n"),
        ("NAMESPACE", "acmé"),
        ("NAMESPACE", ".acme"),
        ("NAMESPACE", "acme."),
        ("NAMESPACE", "a..b"),
        ("NAMESPACE", "a" * 65),
        ("KAFKA_COMMIT_DEADLINE", "-1"),
        ("DEAD_LETTER_SHARE", "1.5"),
        ("SOURCES", f"/{SECRET}"),
        ("SOURCES", f'{{"{SECRET}": 1}}'),
        ("POLL_INTERVAL", SECRET),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    """If one variable is mistaken for another, the password must not be in the log."""
    monkeypatch.setenv(f"INSIDERTAPE_{variable}", text)
    with pytest.raises(Misconfigured, match=f"INSIDERTAPE_{variable}: ") as refused:
        load(WatcherSettings)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_all_wrong_settings_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One start shows every mistake."""
    monkeypatch.setenv("INSIDERTAPE_KAFKA_PARTITIONS", "none")
    monkeypatch.setenv("INSIDERTAPE_KAFKA_REPLICATION", "none")
    with pytest.raises(Misconfigured, match=r"INSIDERTAPE_KAFKA_PARTITIONS: .*; INSIDERTAPE_KAFKA_REPLICATION: "):
        load(KafkaSettings)


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("given", ["USERNAME", "PASSWORD", None])
def test_sasl_without_credentials_is_refused(monkeypatch: pytest.MonkeyPatch, protocol: str, given: str | None) -> None:
    """At the start and by name, not by the client's error when it connects."""
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SECURITY_PROTOCOL", protocol)
    if given:
        monkeypatch.setenv(f"INSIDERTAPE_KAFKA_SASL_{given}", SECRET)
    with pytest.raises(Misconfigured, match="INSIDERTAPE_KAFKA_SASL_USERNAME") as refused:
        load(KafkaSettings)
    assert SECRET not in str(refused.value)


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither printed, nor dumped, nor formatted."""
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SASL_USERNAME", "service")
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SASL_PASSWORD", SECRET)
    settings = load(WatcherSettings)
    assert settings.kafka_sasl_password is not None
    assert settings.kafka_sasl_password.get_secret_value() == SECRET
    for shown in (repr(settings), str(settings), f"{settings}", settings.model_dump_json(), str(settings.model_dump())):
        assert SECRET not in shown


def test_secret_is_read_from_a_file_of_the_secrets_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers get secrets as files: the environment of a process is readable in more places than a file."""
    (tmp_path / "insidertape_kafka_sasl_password").write_text(f"{SECRET}\n")
    monkeypatch.setenv("INSIDERTAPE_SECRETS_DIR", str(tmp_path))
    password = load(KafkaSettings).kafka_sasl_password
    assert password is not None
    assert password.get_secret_value() == SECRET


def test_environment_overrides_the_secrets_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator who sets a variable expects it to count."""
    (tmp_path / "insidertape_kafka_sasl_username").write_text("from-the-file")
    monkeypatch.setenv("INSIDERTAPE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("INSIDERTAPE_KAFKA_SASL_USERNAME", "from-the-environment")
    assert load(KafkaSettings).kafka_sasl_username == "from-the-environment"


def test_missing_secrets_directory_is_an_error_that_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a wrong mount would look like a missing password."""
    monkeypatch.setenv("INSIDERTAPE_SECRETS_DIR", str(tmp_path / "missing"))
    with pytest.raises(Misconfigured, match="INSIDERTAPE_SECRETS_DIR: the directory cannot be read"):
        load(KafkaSettings)
