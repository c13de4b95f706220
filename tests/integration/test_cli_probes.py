"""Probes and metrics of every command that runs a service, as a monitoring system sees them."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafka
from services.runtime.metric_names import METRICS
from tests.chaos.deployments import KafkaDeployment
from tests.probes.monitor import ask, free_port, until, until_named, value
from tests.unit.cli.command import SAMPLES, Running, insidertape, running

GIFT = "2024-12-20-quillmark-vance-form4-gift.xml"
EVERYWHERE = {metric.name for metric in METRICS if "EDGAR" not in metric.only and metric.only != "gateway"}
"""The metrics that have values in a run over directories."""
SERVICES = {"watcher": "watcher.directory", "parser": "parser", "holdings": "holdings"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a directory with the samples (one becomes a dead letter) and a filing with an unreadable number."""
    source = tmp_path / "source"
    shutil.copytree(SAMPLES, source)
    text = (SAMPLES / GIFT).read_text("utf-8")
    (source / "unreadable-number.xml").write_text(text.replace("<value>1500</value>", "<value>many</value>"), "utf-8")
    return source


def source_of(command: str, directory: Path) -> tuple[str | Path, ...]:
    """Return the option that only the watcher needs."""
    return ("--source", directory) if command == "watcher" else ()


@contextmanager
def watched(*words: str | Path, **variables: str) -> Iterator[tuple[Running, int]]:
    """Run a command with a port for its metrics, and yield the process and the port."""
    port = free_port()
    with running(*words, variables={**variables, "INSIDERTAPE_METRICS_PORT": str(port)}) as process:
        yield process, port


def test_run_on_the_embedded_engine_is_ready_and_has_a_value_of_each_metric(source: Path, tmp_path: Path) -> None:
    """One port serves three services. Every metric on the page of metrics must be in the scrape."""
    with watched("run", "--source", source, "--data", tmp_path / "data") as (process, port):
        ready = until(port, "/readyz", 200, "watcher.directory: open")
        assert "parser: 4 partitions assigned and restored" in ready.text
        until_named(EVERYWHERE, [port])
        scrape = ask(port, "/metrics").text
        assert value(scrape, "insidertape_dead_letters_total", service="parser", code="no_issuer") == 1
        assert value(scrape, "insidertape_diagnostics_total", service="parser", code="malformed_number") == 1
        assert ask(port, "/livez").status == 200
        assert '"engine": "embedded"' in ask(port, "/version").text
        process.process.terminate()
        assert process.ends() == 0


def test_services_answer_before_they_have_reached_a_broker(tmp_path: Path) -> None:
    """They are alive, so that no supervisor restarts them, and not ready, with a reason: the broker may start later."""
    with ExitStack() as started:
        ports = {}
        for command, name in SERVICES.items():
            words: list[str | Path] = [
                command,
                "--kafka",
                "127.0.0.1:1",
                *source_of(command, tmp_path),
            ]
            _, ports[name] = started.enter_context(watched(*words, INSIDERTAPE_KAFKA_CONNECT_TRIES="0"))
        for name, port in ports.items():
            until(port, "/readyz", 503, f"{name}: cannot reach the broker: ")
            assert ask(port, "/livez").status == 200
            assert '"engine": "kafka"' in ask(port, "/version").text


async def test_backfill_serves_its_metrics(tmp_path: Path) -> None:
    """A backfill may take days, and then an operator wants to look."""
    nowhere = {"INSIDERTAPE_EDGAR_URL": "http://127.0.0.1:1", "INSIDERTAPE_EDGAR_CONTACT": "Jane Doe jane@example.com"}
    words = ("backfill", "--from", "2024-01-02", "--to", "2024-01-03", "--data", tmp_path)
    with watched(*words, **nowhere) as (_, port):
        await asyncio.to_thread(until, port, "/readyz", 200, "watcher.edgar-backfill: open")
        scrape = await asyncio.to_thread(until, port, "/metrics", 200, "insidertape_edgar_requests_total 1.0")
        assert "insidertape_build_info" in scrape.text


@pytest.mark.kafka
async def test_services_on_kafka_become_ready_and_have_a_value_of_each_metric(
    modules_kafka: LocalKafka, source: Path
) -> None:
    """Each service has its own port; together the three scrapes have every metric on the page."""
    await KafkaDeployment(modules_kafka, partitions=2).prepare()
    place = ("--kafka", modules_kafka.bootstrap_servers)
    with ExitStack() as started:
        ports = {}
        for command, name in SERVICES.items():
            words: list[str | Path] = [command, *place, *source_of(command, source)]
            _, ports[name] = started.enter_context(watched(*words))
        for name, port in ports.items():
            ready = await asyncio.to_thread(until, port, "/readyz", 200, name)
            assert "open" in ready.text or "2 partitions assigned and restored" in ready.text
        await asyncio.to_thread(until_named, EVERYWHERE, list(ports.values()))


def test_port_that_is_taken_ends_a_service_with_its_name() -> None:
    """Two services with the same port is a common mistake, so the port is opened before anything else."""
    port = free_port()
    variables = {"INSIDERTAPE_METRICS_PORT": str(port), "INSIDERTAPE_KAFKA_CONNECT_TRIES": "0"}
    with running("parser", "--kafka", "127.0.0.1:1", variables=variables):
        until(port, "/livez", 200)
        second = insidertape("holdings", "--kafka", "127.0.0.1:1", **variables)
    assert second.returncode != 0
    assert "no_metrics_port" in second.stderr
    assert str(port) in second.stderr
