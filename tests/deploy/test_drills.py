"""Drills of deploy/RUNBOOK.md: something is lost, the entry is followed, and nothing is missing afterwards.

`make drill NAME=broker-lost` runs one of them.
"""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from deploy.kafka.local import LocalKafka
from tests.chaos.deployments import KafkaDeployment
from tests.gateway.postgres import NoPostgresError, PostgresServer
from tests.probes.monitor import free_port, until
from tests.unit.cli.command import SAMPLES, data_of_samples, insidertape, running

PATIENCE = 120.0
ALERTS_PER_PAGE = 200


@contextmanager
def served(data: Path, database: str) -> Iterator[str]:
    """Run a gateway on this database until the end of the context, and yield its address."""
    port = free_port()
    variables = {"INSIDERTAPE_DATABASE_URL": database}
    with running("gateway", "--data", data, "--port", str(port), variables=variables):
        until(port, "/readyz", 200)
        yield f"http://127.0.0.1:{port}"


def until_it_has(address: str, alerts: set[str]) -> None:
    """Reload the page until it has exactly these alerts."""
    deadline = time.monotonic() + PATIENCE
    found: set[str] = set()
    while found != alerts:
        assert time.monotonic() < deadline, f"{len(found)} of {len(alerts)} alerts"
        with urlopen(f"{address}/v1/alerts?limit={ALERTS_PER_PAGE}", timeout=30) as response:  # noqa: S310 - loopback
            found = {alert["alert_id"] for alert in json.load(response)["items"]}


def positions(*words: str | Path) -> list[str]:
    """Return all positions, one per line, without the version of the book: it depends on the order of arrival."""
    shown = insidertape("positions", "--format", "csv", *words)
    assert shown.returncode == 0, shown.stderr
    return sorted(line.rpartition(",")[0] for line in shown.stdout.splitlines())


@pytest.fixture
async def postgres() -> "PostgresServer":
    """Return a running PostgreSQL of this test."""
    try:
        server = PostgresServer()
    except NoPostgresError as error:
        pytest.skip(str(error))
    await server.start()
    return server


@pytest.mark.campaign
async def test_database_lost(postgres: PostgresServer, tmp_path: Path) -> None:
    """An empty database and a restart bring every alert back from the topics."""
    data = data_of_samples(tmp_path / "data")
    listed = insidertape("alerts", "--first-owner", "--format", "jsonl", "--data", data).stdout.splitlines()
    alerts = {json.loads(line)["alert_id"] for line in listed}  # a joint filing counts once, as on the page
    name = await postgres.create_database()
    try:
        with served(data, postgres.url(name)) as address:
            until_it_has(address, alerts)
            await postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await postgres.execute(f'CREATE DATABASE "{name}"')
        with served(data, postgres.url(name)) as address:
            until_it_has(address, alerts)
    finally:
        postgres.close()


@contextmanager
def services(kafka: LocalKafka, source: Path, variables: Mapping[str, str]) -> Iterator[list[int]]:
    """Run watcher, parser and holdings until the end of the context, and yield the ports of their probes."""
    with ExitStack() as started:
        ports = []
        for words in (("watcher", "--source", source), ("parser",), ("holdings",)):
            ports.append(free_port())
            port = {"INSIDERTAPE_METRICS_PORT": str(ports[-1])}
            started.enter_context(running(*words, "--kafka", kafka.bootstrap_servers, variables={**variables, **port}))
        yield ports


@pytest.mark.campaign
@pytest.mark.kafka
async def test_broker_lost(own_kafka: LocalKafka, tmp_path: Path) -> None:
    """A broker that dies and starts again with its data costs nothing, and no service has to be restarted."""
    expected = positions("--data", data_of_samples(tmp_path / "data"))
    await KafkaDeployment(own_kafka, partitions=2).prepare()
    source = tmp_path / "source"
    source.mkdir()
    filings = sorted(SAMPLES.iterdir())  # in the order of their dates, as they are filed
    half = len(filings) // 2
    with services(own_kafka, source, {"INSIDERTAPE_KAFKA_STALL_DEADLINE": "120"}) as ports:
        for port in ports:
            until(port, "/readyz", 200)
        for filing in filings[:half]:
            shutil.copy(filing, source)
        until(ports[1], "/metrics", 200, 'insidertape_records_total{service="parser"}')
        own_kafka.kill()
        for filing in filings[half:]:
            shutil.copy(filing, source)
        own_kafka.restart()
        deadline = time.monotonic() + PATIENCE
        while (found := positions("--kafka", own_kafka.bootstrap_servers)) != expected:
            assert time.monotonic() < deadline, set(expected) ^ set(found)
