"""What keeps a client from its broker is told in one line, with its cause and the setting to look at.

The broker is a real one, with passwords, certificates and ACLs.
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
    """Clients of a listener with the right settings, but for the changes."""
    return KafkaClients(load(KafkaSettings, **secured.settings(listener, **changes)))


async def fault(secured: SecuredKafka, listener: str, **changes: Any) -> FatalError:
    """What keeps such a client from the broker, found out in good time."""
    begun = time.monotonic()
    found = await clients(secured, listener, **changes).broker.find_fault()
    assert found is not None
    assert time.monotonic() - begun < 10
    assert SECRET not in str(found)
    assert WRONG not in str(found)
    return found


@pytest.mark.parametrize("listener", ["PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"])
async def test_with_the_right_settings_nothing_is_in_the_way(secured_kafka: SecuredKafka, listener: str) -> None:
    """On each protocol that the settings know."""
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
async def test_credentials_that_the_broker_does_not_accept_are_refusals(
    secured_kafka: SecuredKafka, changes: dict[str, str], code: str, words: str
) -> None:
    """Aiokafka logs these and raises `Unable to bootstrap`."""
    found = await fault(secured_kafka, "SASL_SSL", **changes)
    assert isinstance(found, Refused)
    assert found.code == code
    with pytest.raises(Refused, match=words):
        raise found


async def test_a_listener_that_wants_a_certificate_says_so(secured_kafka: SecuredKafka) -> None:
    """The alert comes after the handshake, when the first request fails."""
    found = await fault(secured_kafka, "MUTUAL")
    assert (type(found), found.code) == (Refused, "kafka_client_certificate")
    assert "INSIDERTAPE_KAFKA_SSL_CERTFILE" in found.message


@pytest.mark.parametrize("trusted", ["another authority", "the system's"])
async def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    secured_kafka: SecuredKafka, tmp_path: Path, trusted: str
) -> None:
    """The setting that names the authorities is to be looked at."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    found = await fault(secured_kafka, "SSL", kafka_ssl_cafile=other if trusted == "another authority" else None)
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_untrusted")
    assert "INSIDERTAPE_KAFKA_SSL_CAFILE" in found.message


async def test_a_certificate_of_another_host_is_named(secured_kafka: SecuredKafka) -> None:
    """It is the address that the settings name which has to fit."""
    found = await fault(secured_kafka, "NAMELESS")
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_name")
    assert "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS" in found.message


async def test_a_clock_that_is_ahead_shows_beside_the_certificates_end(secured_kafka: SecuredKafka) -> None:
    """Either may be wrong: the line gives both times, and how far they are apart."""
    found = await fault(secured_kafka, "EXPIRED")
    assert (type(found), found.code) == (HandshakeFailed, "kafka_certificate_expired")
    said = datetime.fromisoformat(found.message.partition("this machine's clock shows ")[2].partition(",")[0])
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    apart = (said - secured_kafka.expired_at) / timedelta(hours=1)
    assert f"{apart:.1f} hours after it expired at {utc_text(secured_kafka.expired_at)}" in found.message


async def test_a_clock_that_is_behind_shows_beside_the_certificates_beginning(secured_kafka: SecuredKafka) -> None:
    """A certificate that is not valid yet is seldom the broker's mistake."""
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
async def test_the_wrong_protocol_for_a_port_is_told_from_a_broker_that_is_away(
    secured_kafka: SecuredKafka, listener: str, protocol: str, code: str
) -> None:
    """All that the client itself sees is a connection that is closed."""
    address = secured_kafka.address_of(listener)
    found = await fault(secured_kafka, "SASL_SSL", kafka_bootstrap_servers=address, kafka_security_protocol=protocol)
    assert (type(found), found.code) == (HandshakeFailed, code)
    assert f"INSIDERTAPE_KAFKA_SECURITY_PROTOCOL is {protocol}" in found.message


@pytest.mark.parametrize(
    ("servers", "code"),
    [("127.0.0.1:{free}", "kafka_unreachable"), ("no.such.host.invalid:9092", "kafka_unknown_host")],
)
async def test_nobody_at_the_address_is_told_with_the_address(
    secured_kafka: SecuredKafka, servers: str, code: str
) -> None:
    """A name that is unknown is not a port that nobody listens on."""
    [free] = free_ports(1)
    servers = servers.format(free=free)
    found = await fault(secured_kafka, "SSL", kafka_bootstrap_servers=servers)
    assert (type(found), found.code) == (Unreachable, code)
    assert servers.partition(":")[0] in found.message
    assert "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS" in found.message


async def test_one_of_several_servers_is_enough(secured_kafka: SecuredKafka) -> None:
    """And of several faults the one that names what to mend is told."""
    [free] = free_ports(1)
    several = f"127.0.0.1:{free},{secured_kafka.kafka.address_of('SASL_SSL')}"
    assert await clients(secured_kafka, "SASL_SSL", kafka_bootstrap_servers=several).broker.find_fault() is None
    found = await fault(secured_kafka, "SASL_SSL", kafka_bootstrap_servers=several, kafka_sasl_password=WRONG)
    assert found.code == "kafka_authentication_failed"


# How often it is tried.


async def test_a_broker_that_was_never_reached_is_tried_so_many_times(secured_kafka: SecuredKafka) -> None:
    """Each try but the last has a line; the last ends the process."""
    [free] = free_ports(1)
    never = clients(secured_kafka, "SSL", kafka_bootstrap_servers=f"127.0.0.1:{free}", kafka_connect_tries=2)
    with capture_logs() as lines, pytest.raises(Unreachable):
        await within(never.broker.connect())
    assert [(line["event"], line["code"], line["tried"]) for line in lines] == [
        ("connection_failed", "kafka_unreachable", 1)
    ]


async def test_without_a_limit_it_waits_until_it_is_stopped(secured_kafka: SecuredKafka) -> None:
    """A supervisor that does not restart may rather have the process wait."""
    patient = clients(secured_kafka, "SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=0)
    stop = asyncio.Event()
    with capture_logs() as lines:
        waiting = asyncio.create_task(patient.broker.connect(stop))
        while len(lines) < 3:  # noqa: ASYNC110 - the log sets no event
            await asyncio.sleep(0.05)
        stop.set()
        with pytest.raises(Stopped):
            await within(waiting)


async def test_who_was_connected_waits_for_a_broker_that_is_away(
    secured_kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long: what is said of it is the cause."""
    monkeypatch.setattr("services.runtime.kafka.broker_check._FRESH_SECONDS", 0.0)
    [free] = free_ports(1)
    away = clients(secured_kafka, "SSL", kafka_bootstrap_servers=f"127.0.0.1:{free}")
    trouble = TransientError("kafka_unavailable", "KafkaConnectionError")
    for _ in range(5):
        assert (await away.broker.explain(trouble)).code == "kafka_unreachable"
    here = clients(secured_kafka, "SSL")
    assert await here.broker.explain(trouble) is trouble


async def test_who_was_connected_ends_when_the_broker_refuses_it_again_and_again(
    secured_kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password that was changed meanwhile: a broker that answers will not take the old one tomorrow."""
    monkeypatch.setattr("services.runtime.kafka.broker_check._FRESH_SECONDS", 0.0)
    changed = clients(secured_kafka, "SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=3)
    trouble = TransientError("kafka_unavailable", "NodeNotReadyError")
    for _ in range(2):
        assert (await changed.broker.explain(trouble)).code == "kafka_authentication_failed"
    with pytest.raises(Refused, match="INSIDERTAPE_KAFKA_SASL_PASSWORD"):
        await changed.broker.explain(trouble)


async def test_many_that_fail_together_count_as_one(secured_kafka: SecuredKafka) -> None:
    """The partitions of a member lose their broker at the same moment."""
    changed = clients(secured_kafka, "SASL_SSL", kafka_sasl_password=WRONG, kafka_connect_tries=3)
    trouble = TransientError("kafka_unavailable", "NodeNotReadyError")
    found = await asyncio.gather(*(changed.broker.explain(trouble) for _ in range(8)))
    assert {error.code for error in found} == {"kafka_authentication_failed"}


# What a process says.


@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_wrong_password_ends_a_service_in_one_line_of_its_log(secured_kafka: SecuredKafka, level: str) -> None:
    """Neither the wrong password nor any other shows, with the loudest logs there are."""
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
def test_a_process_ends_with_the_status_of_the_cause(
    secured_kafka: SecuredKafka,
    words: tuple[str, ...],
    listener: str,
    changes: dict[str, Any],
    status: int,
    code: str,
) -> None:
    """A command that a person types says it in one plain line."""
    ended = insidertape(*words, **secured_kafka.variables(listener, **changes))
    assert ended.returncode == status
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"insidertape: {code}: ") if words[0] == "topics" else json.loads(line)["code"] == code
