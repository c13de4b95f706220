"""Fixtures of all tests: a real Apache Kafka, shared or separate, and the report on it at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from deploy.kafka.local import LocalKafka, LocalKafkaError
from tests.broker import WAYS, absence_fails, find_broker, forced_way
from tests.secured_broker import SecuredKafka, start_secured

SAID = pytest.StashKey[list[str]]()
_WORKER_OUTPUT = "kafka"
OWN_WORDS = "Tests that start, kill or fill a broker used a separate local Apache Kafka."


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an unknown value of INSIDERTAPE_TEST_BROKER."""
    forced = forced_way(os.environ)
    if forced and forced not in WAYS:
        raise pytest.UsageError(f"INSIDERTAPE_TEST_BROKER is {forced!r}; it must be one of: {', '.join(WAYS)}")
    os.environ.pop("COLUMNS", None)  # set by pytest-xdist: tables would be as narrow as its terminal
    config.stash[SAID] = []
    config.pluginmanager.register(_Collector(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send a parallel worker's report on its broker to the process that prints the summary."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_WORKER_OUTPUT] = session.config.stash[SAID]


class _Collector:
    """Collects the reports of parallel workers; registered only if pytest-xdist is installed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Keep each report of a worker once; a worker that crashed sent none."""
        said = self._config.stash[SAID]
        said += [words for words in getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, ()) if words not in said]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print which broker the Kafka tests used, or why there was none."""
    terminalreporter.section("Apache Kafka")
    for words in config.stash[SAID] or ["No test needed a broker."]:
        terminalreporter.line(words)


@pytest.fixture(scope="session")
def kafka_bootstrap(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a real broker that all tests share; topics and groups need unique names."""
    search = find_broker(os.environ, tmp_path_factory.mktemp("kafka"))
    pytestconfig.stash[SAID].append(search.words())
    if search.broker is None:
        _do_without(search.words())
    yield search.broker.bootstrap_servers
    search.broker.close()


@pytest.fixture
def own_kafka(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[LocalKafka]:
    """Yield a running local broker for one test, which may kill and restart it."""
    with running_kafka(pytestconfig, LocalKafka(tmp_path / "kafka")) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def modules_kafka(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """Yield a running local broker for one module, whose tests create all of the project's topics."""
    with running_kafka(pytestconfig, LocalKafka(tmp_path_factory.mktemp("kafka"))) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def secured_kafka(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """Yield a running local broker with passwords, certificates and ACLs, which all tests share."""
    try:
        secured = start_secured(tmp_path_factory.mktemp("secured"))
    except LocalKafkaError as error:
        words = f"No broker with passwords and certificates is available.\n  local: {error}"
        pytestconfig.stash[SAID].append(words)
        _do_without(words)
    pytestconfig.stash[SAID].append(
        "Tests of passwords, certificates and ACLs used a local Apache Kafka with all of these."
    )
    yield secured
    secured.kafka.stop()


@contextmanager
def running_kafka(config: pytest.Config, kafka: LocalKafka) -> Iterator[LocalKafka]:
    """Start a local broker; if it does not start, skip the test, or fail on CI."""
    try:
        kafka.start()
    except LocalKafkaError as error:
        words = f"No separate broker is available for tests that kill one.\n  local: {error}"
        if words not in config.stash[SAID]:
            config.stash[SAID].append(words)
        _do_without(words)
    if OWN_WORDS not in config.stash[SAID]:
        config.stash[SAID].append(OWN_WORDS)
    yield kafka
    kafka.stop()


def _do_without(words: str) -> NoReturn:
    outcome = words.partition("\n")[0]  # the summary gives the reasons, once
    if absence_fails(os.environ):
        pytest.fail(outcome, pytrace=False)
    pytest.skip(outcome)
