"""Connection failures are reported in one line, with the cause and the setting to check.

The tests use a real broker with passwords, certificates and ACLs.
"""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from structlog.testing import capture_logs

from contracts.base import utc_text
from contracts.errors import FatalError, HandshakeFailed, Refused, TransientError, Unreachable
from deploy.kafka.local import free_ports
from services.runtime.engine import Stopped
from services.runtime.kafka.clients import KafkaClients
from services.runtime.settings import KafkaSettings, load
from tests.engines.bench import within
from tests.secured_broker import SECRET, USERS, SecuredKafka
from tests.unit.cli.command import insidertape

pytestmark = pytest.mark.kafka

WRONG = "trombone-and-paperclip"


def clients(secured: SecuredKafka, listener: str, **changes: Any) -> KafkaClients:
    """Return clients of a listener with valid settings, except for the changes."""
    return KafkaClients(load(KafkaSettings, **secured.settings(listener, **changes)))


async def fault(secured: SecuredKafka, listener: str, **changes: Any) -> FatalError:
    """Return the fault that keeps such a client from the broker, and check that it is found within 10 seconds."""
    started = time.monotonic()
    found = await clients(secured, listener, **changes).broker.find_fault()
    assert found is not None
    assert time.monotonic() - started < 10
    assert SECRET not in str(found)
    assert WRONG not in str(found)
    return found


@pytest.mark.parametrize("listener", ["PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"])
async def test_the_right_settings_have_no_fault(secured_kafka: SecuredKafka, listener: str) -> None:
    """Each protocol of the settings is tried."""
    assert await clients(secured_kafka, listener).broker.find_fault() is None


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        (
            {"kafka_sasl_password": WRONG},
            "kafka_authentication_failed",
            f"does not accept user '{USERS[0]}' .* INSIDERTAPE_KAFKA_SASL_PASSWORD",
        ),
        ({"kafka_sasl_username": "nobody"}, "kafka_authentication_failed", "'nobody' .* INSIDERTAPE_KAFKA_SASL_USER"),
        (
            {"kafka_sasl_mechanism": "PLAIN"},
            "kafka_no_mechanism",
            "does not offer PLAIN, but SCRAM-SHA-512: see INSIDERTAPE_KAFKA_SASL_MECHANISM",
        ),
        ({"kafka_sasl_mechanism": "SCRAM-SHA-256"}, "kafka_no_mechanism", "INSIDERTAPE_KAFKA_SASL_MECHANISM"),
    ],
    ids=["password", "user", "mechanism", "other SCRAM"],
)
async def test_wrong_credentials_are_refused(
    secured_kafka: SecuredKafka, changes: dict[str, str], code: str, words: str
) -> None:
    """Aiokafka only logs this, and raises `Unable to bootstrap`."""
    found = await fault(secured_kafka, "SASL_SSL", **changes)
    assert isinstance(found, Refused)
    assert found.code == code
    with pytest.raises(Refused, match=words):
        raise found


async def test_a_listener_that_requires_a_certificate_is_reported(secured_kafka: SecuredKafka) -> None:
    """The alert arrives after the handshake, when the first request fails."""
    found = await fault(secured_kafka, "MUTUAL")
    assert (type(found), found.code) == (Refused, "kafka_client_certificate")
    assert "INSIDERTAPE_KAFKA_SSL_CERTFILE" in found.message


@pytest.mark.parametrize("trusted", ["another authority", "the system's"])
async def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    secured_kafka: SecuredKafka, tmp_path: Path, trusted: str
) -> None:
    """The message names the setting with the authorities."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    found = await fault(secured_kafka, "SSL", kafka_ssl_cafile=other if trusted == "another authority" else None)
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_untrusted")
    assert "INSIDERTAPE_KAFKA_SSL_CAFILE" in found.message


async def test_a_certificate_for_another_host_is_reported(secured_kafka: SecuredKafka) -> None:
    """The address in the settings must match the certificate."""
    found = await fault(secured_kafka, "NAMELESS")
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_name")
    assert "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS" in found.message


async def test_an_expired_certificate_is_reported_with_this_machines_time(secured_kafka: SecuredKafka) -> None:
    """Either may be wrong: the message has both times and their distance."""
    found = await fault(secured_kafka, "EXPIRED")
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_expired")
    said = datetime.fromisoformat(found.message.partition("this machine's clock shows ")[2].partition(",")[0])
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    apart = (said - secured_kafka.expired_at) / timedelta(hours=1)
    assert f"{apart:.1f} hours after it expired at {utc_text(secured_kafka.expired_at)}" in found.message


async def test_a_certificate_that_is_not_valid_yet_is_reported_with_this_machines_time(
    secured_kafka: SecuredKafka,
) -> None:
    """The broker's clock is seldom wrong."""
    found = await fault(secured_kafka, "EARLY")
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_not_yet_valid")
    assert f"before it becomes valid at {utc_text(secured_kafka.valid_from)}; set the clock" in found.message


@pytest.mark.parametrize(
    ("listener", "protocol", "code"),
    [
        ("PLAINTEXT", "SSL", "kafka_without_tls"),
        ("PLAINTEXT", "SASL_SSL", "kafka_without_tls"),
        ("PLAINTEXT", "SASL_PLAINTEXT", "kafka_without_sasl"),
        ("SASL_PLAINTEXT", "PLAINTEXT", "kafka_with_sasl"),
        ("SASL_PLAINTEXT", "SASL_SSL", "kafka_without_tls"),
        ("SSL", "PLAINTEXT", "kafka_with_tls"),
        ("SSL", "SASL_SSL", "kafka_without_sasl"),
        ("SASL_SSL", "SASL_PLAINTEXT", "kafka_with_tls"),
        ("SASL_SSL", "SSL", "kafka_with_sasl"),
    ],
)
async def test_the_wrong_protocol_is_distinguished_from_an_unreachable_broker(
    secured_kafka: SecuredKafka, listener: str, protocol: str, code: str
) -> None:
    """The client itself sees only a closed connection."""
    address = secured_kafka.address_of(listener)
    found = await fault(secured_kafka, "SASL_SSL", kafka_bootstrap_servers=address, kafka_security_protocol=protocol)
    assert (type(found), found.code) == (HandshakeFailed, code)
    assert f"INSIDERTAPE_KAFKA_SECURITY_PROTOCOL is {protocol}" in found.message


@pytest.mark.parametrize(
    ("servers", "code"),
    [("127.0.0.1:{free}", "kafka_unreachable"), ("no.such.host.invalid:9092", "kafka_unknown_host")],
)
async def test_an_unreachable_address_is_named(secured_kafka: SecuredKafka, servers: str, code: str) -> None:
    """An unknown host name is distinguished from a closed port."""
    [free] = free_ports(1)
    servers = servers.format(free=free)
    found = await fault(secured_kafka, "SSL", kafka_bootstrap_servers=servers)
    assert (type(found), found.code) == (Unreachable, code)
    assert servers.partition(":")[0] in found.message
    assert found.message.endswith("see --kafka")


async def test_one_of_several_servers_is_enough(secured_kafka: SecuredKafka) -> None:
    """If all fail, the most specific fault is reported."""
    [free] = free_ports(1)
    several = f"127.0.0.1:{free},{secured_kafka.kafka.address_of('SASL_SSL')}"
    assert await clients(secured_kafka, "SASL_SSL", kafka_bootstrap_servers=several).broker.find_fault() is None
    found = await fault(secured_kafka, "SASL_SSL", kafka_bootstrap_servers=several, kafka_sasl_password=WRONG)
    assert found.code == "kafka_authentication_failed"


# Retries.


async def test_the_first_connection_is_tried_as_often_as_the_settings_say(secured_kafka: SecuredKafka) -> None:
    """Each failed attempt but the last is logged; the last ends the process."""
    [free] = free_ports(1)
    never = clients(secured_kafka, "SSL", kafka_bootstrap_servers=f"127.0.0.1:{free}", kafka_connect_tries=2)
    with capture_logs() as lines, pytest.raises(Unreachable):
        await within(never.broker.connect())
    assert [(line["event"], line["code"], line["tried"]) for line in lines] == [
        ("connection_failed", "kafka_unreachable", 1)
    ]


async def test_without_a_limit_it_waits_until_it_is_stopped(secured_kafka: SecuredKafka) -> None:
    """If the supervisor does not restart processes, the process itself should wait."""
    patient = clients(secured_kafka, "SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=0)
    stop = asyncio.Event()
    with capture_logs() as lines:
        waiting = asyncio.create_task(patient.broker.connect(stop))
        while len(lines) < 3:  # noqa: ASYNC110 - the log sets no event
            await asyncio.sleep(0.05)
        stop.set()
        with pytest.raises(Stopped):
            await within(waiting)


async def test_a_connected_client_waits_for_an_unavailable_broker(
    secured_kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of retries is not limited; the cause is logged."""
    monkeypatch.setattr("services.runtime.kafka.broker_check._FRESH_SECONDS", 0.0)
    [free] = free_ports(1)
    away = clients(secured_kafka, "SSL", kafka_bootstrap_servers=f"127.0.0.1:{free}")
    trouble = TransientError("kafka_unavailable", "KafkaConnectionError")
    for _ in range(5):
        assert (await away.broker.explain(trouble)).code == "kafka_unreachable"
    here = clients(secured_kafka, "SSL")
    assert await here.broker.explain(trouble) is trouble


async def test_a_connected_client_ends_after_repeated_refusals(
    secured_kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password was changed: a broker that answers will not accept the old one later."""
    monkeypatch.setattr("services.runtime.kafka.broker_check._FRESH_SECONDS", 0.0)
    changed = clients(secured_kafka, "SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=3)
    trouble = TransientError("kafka_unavailable", "NodeNotReadyError")
    for _ in range(2):
        assert (await changed.broker.explain(trouble)).code == "kafka_authentication_failed"
    with pytest.raises(Refused, match="INSIDERTAPE_KAFKA_SASL_PASSWORD"):
        await changed.broker.explain(trouble)


async def test_simultaneous_failures_count_as_one(secured_kafka: SecuredKafka) -> None:
    """All partitions of a member lose their broker at the same moment."""
    changed = clients(secured_kafka, "SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=3)
    trouble = TransientError("kafka_unavailable", "NodeNotReadyError")
    found = await asyncio.gather(*(changed.broker.explain(trouble) for _ in range(8)))
    assert {error.code for error in found} == {"kafka_authentication_failed"}


# Exit status and output of a process.


@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_wrong_password_ends_a_service_with_one_log_line(secured_kafka: SecuredKafka, level: str) -> None:
    """No password is logged, even at the most verbose level."""
    variables = secured_kafka.variables("SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=2)
    ended = insidertape("parser", **variables, INSIDERTAPE_LOG_LEVEL=level)
    assert ended.returncode == 77
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in lines if line["level"] != "debug"] == ["connection_failed", "service_failed"]
    assert (lines[-1]["code"], lines[-1]["exit_status"]) == ("kafka_authentication_failed", 77)
    assert "INSIDERTAPE_KAFKA_SASL_PASSWORD" in lines[-1]["error"]
    assert ("exception" in lines[-1]) == (level == "debug")
    assert WRONG not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("listener", "changes", "status", "code"),
    [
        ("SASL_SSL", {"kafka_sasl_password": WRONG}, 77, "kafka_authentication_failed"),
        ("NAMELESS", {}, 76, "kafka_certificate_name"),
        ("SSL", {"kafka_bootstrap_servers": "127.0.0.1:1"}, 69, "kafka_unreachable"),
    ],
)
@pytest.mark.parametrize("words", [("topics", "check"), ("watcher", "--source", ".")], ids=" ".join)
def test_the_exit_status_indicates_the_cause(
    secured_kafka: SecuredKafka,
    words: tuple[str, ...],
    listener: str,
    changes: dict[str, Any],
    status: int,
    code: str,
) -> None:
    """A command reports the error in one plain line."""
    ended = insidertape(*words, **secured_kafka.variables(listener, **changes))
    assert ended.returncode == status
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"insidertape: {code}: ") if words[0] == "topics" else json.loads(line)["code"] == code
