"""The rights that Strimzi's users get, on a real broker with an authorizer: enough for each service, and no more.

The services log everything that they can, so the same run shows that the password appears nowhere.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.generators.strimzi import Right, rights_of_users
from services.runtime.kafka.topic_admin import apply_topics
from tests.probes.monitor import ask, free_port, until
from tests.secured_broker import SECRET, Acl, SecuredKafka
from tests.unit.cli.command import SAMPLES, Running, data_of_samples, insidertape, running

pytestmark = [pytest.mark.kafka, pytest.mark.campaign]

LISTENER = "SASL_PLAINTEXT"
COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "watcher": ("watcher", "--source", SAMPLES),
    "parser": ("parser",),
    "holdings": ("holdings",),
}
PATIENCE = 240.0


@dataclass(frozen=True)
class Deployment:
    """Services that run with their own users: processes, ports of their probes, and every user's settings."""

    processes: dict[str, Running]
    ports: dict[str, int]
    variables: dict[str, dict[str, str]]


def acls_of(rights: list[Right]) -> list[Acl]:
    """Return rights as the broker takes them."""
    kinds = {"topic": "Topic", "group": "Group", "transactionalId": "TransactionalId"}
    return [
        (operation, kinds[kind], f"{name}*" if pattern == "prefix" else name)
        for kind, name, pattern, operations in rights
        for operation in operations
        if operation != "Describe" or len(operations) == 1  # reading and writing imply it
    ]


async def users_of(secured: SecuredKafka) -> dict[str, dict[str, str]]:
    """Create the topics and a user per service, and return the users' settings."""
    await apply_topics(secured.administrator)
    return {
        name: secured.variables(LISTENER, kafka_sasl_username=await secured.user(*acls_of(list(rights))))
        | {"INSIDERTAPE_LOG_LEVEL": "debug"}
        for name, rights in rights_of_users().items()
    }


@pytest.fixture(scope="module")
def deployment(secured_kafka: SecuredKafka) -> Iterator[Deployment]:
    """Yield the services while they run, each as the user with the rights of `rights_of_users`."""
    variables = asyncio.run(users_of(secured_kafka))
    with ExitStack() as started:
        processes, ports = {}, {}
        for name, words in COMMANDS.items():
            ports[name] = free_port()
            environment = variables[name] | {"INSIDERTAPE_METRICS_PORT": str(ports[name])}
            processes[name] = started.enter_context(running(*words, variables=environment))
        yield Deployment(processes, ports, variables)


def listed(command: str, variables: dict[str, str]) -> list[str]:
    """Return what a user may list, one event per line."""
    broker = variables["INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"]
    shown = insidertape(command, "--format", "csv", "--kafka", broker, **variables)
    assert shown.returncode == 0, shown.stderr[-2000:]
    return sorted(shown.stdout.splitlines())


def title_of(running_command: Running) -> str:
    """Return the command line of a process, as `ps` shows it to everyone."""
    return Path(f"/proc/{running_command.process.pid}/cmdline").read_text()


def test_services_with_the_generated_rights_process_everything(deployment: Deployment, tmp_path: Path) -> None:
    """The gateway's user sees in the end what a run without any broker computes."""
    data_of_samples(tmp_path / "data")
    expected = sorted(insidertape("positions", "--format", "csv", "--data", tmp_path / "data").stdout.splitlines())
    deadline = time.monotonic() + PATIENCE
    while (found := listed("positions", deployment.variables["gateway"])) != expected:
        assert time.monotonic() < deadline, set(expected) ^ set(found)


@pytest.mark.parametrize(
    ("user", "command", "denied"),
    [
        ("watcher", "positions", "Describe Topic insidertape.positions.v1"),
        ("parser", "positions", "Describe Topic insidertape.positions.v1"),
        ("parser", "alerts", "Describe Topic insidertape.alerts.v1"),
        ("keda", "transactions", "Describe Topic insidertape.transactions.v1"),
    ],
)
def test_user_may_not_read_what_its_service_does_not_need(
    deployment: Deployment, user: str, command: str, denied: str
) -> None:
    """A service that reads hostile text may be taken over; its rights are what it can do then."""
    variables = deployment.variables[user]
    broker = variables["INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"]
    shown = insidertape(command, "--kafka", broker, **variables)
    assert shown.returncode == 77
    assert "kafka_denied" in shown.stderr
    assert denied.partition(" Topic ")[2] in shown.stderr


def test_service_may_not_run_as_another(deployment: Deployment) -> None:
    """The gateway's user cannot take over the parser's partitions, nor fence it."""
    shown = insidertape("parser", **deployment.variables["gateway"])
    assert shown.returncode == 77
    assert "kafka_denied" in shown.stderr


def test_password_is_in_no_log_metric_or_process_title(deployment: Deployment) -> None:
    """Logs are collected, metrics are open, and everyone on the machine sees the titles."""
    seen = []
    for name, process in deployment.processes.items():
        port = deployment.ports[name]
        until(port, "/readyz", 200)
        seen += [ask(port, path).text for path in ("/metrics", "/readyz", "/version")]
        seen.append(title_of(process))
        process.process.terminate()
        process.ends()
        seen += [*process.out.rest(), *process.err.rest()]
    assert sum("debug" in line for line in seen) > 0
    assert [text[:200] for text in seen if SECRET in text] == []
