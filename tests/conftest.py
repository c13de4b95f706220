"""What every test may ask for: a real Apache Kafka, shared or of its own; and the words about it at the end."""

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
OWN_WORDS = "Tests that start, kill or fill a broker had a local Apache Kafka of their own."


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a way to a broker that there is not."""
    forced = forced_way(os.environ)
    if forced and forced not in WAYS:
        raise pytest.UsageError(f"INSIDERTAPE_TEST_BROKER is {forced!r}, and can be: {', '.join(WAYS)}")
    os.environ.pop("COLUMNS", None)  # of pytest-xdist: tables would be as narrow as the terminal it runs in
    config.stash[SAID] = []
    config.pluginmanager.register(_Collector(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a parallel worker's words about its broker to the process that prints the summary."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_WORKER_OUTPUT] = session.config.stash[SAID]


class _Collector:
    """Collects what parallel workers hand over; registered only if pytest-xdist is there to call it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Keep each of a worker's words once; a worker that crashed left none."""
        said = self._config.stash[SAID]
        said += [words for words in getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, ()) if words not in said]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which broker the Kafka tests ran on, or why there was none."""
    terminalreporter.section("Apache Kafka")
    for words in config.stash[SAID] or ["No test asked for a broker."]:
        terminalreporter.line(words)


@pytest.fixture(scope="session")
def kafka_bootstrap(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real broker that all tests share: give your topics and groups names of their own."""
    search = find_broker(os.environ, tmp_path_factory.mktemp("kafka"))
    pytestconfig.stash[SAID].append(search.words())
    if search.broker is None:
        _do_without(search.words())
    yield search.broker.bootstrap_servers
    search.broker.close()


@pytest.fixture
def own_kafka(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[LocalKafka]:
    """A running local broker of the test's own, to kill and to restart."""
    with running_kafka(pytestconfig, LocalKafka(tmp_path / "kafka")) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def modules_kafka(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A running local broker of the module's own, for tests that make every topic anew."""
    with running_kafka(pytestconfig, LocalKafka(tmp_path_factory.mktemp("kafka"))) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def secured_kafka(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A running local broker with passwords, certificates and ACLs, which all tests share."""
    try:
        secured = start_secured(tmp_path_factory.mktemp("secured"))
    except LocalKafkaError as error:
        words = f"No broker with passwords and certificates could be had.\n  local: {error}"
        pytestconfig.stash[SAID].append(words)
        _do_without(words)
    pytestconfig.stash[SAID].append("Tests of passwords, certificates and ACLs had a local Apache Kafka with them.")
    yield secured
    secured.kafka.stop()


@contextmanager
def running_kafka(config: pytest.Config, kafka: LocalKafka) -> Iterator[LocalKafka]:
    """Start a local broker; skip, or fail if the absence of one fails, when it does not start."""
    try:
        kafka.start()
    except LocalKafkaError as error:
        words = f"No broker of its own could be had for a test that kills one.\n  local: {error}"
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
