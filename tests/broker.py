"""Finds a real Apache Kafka for the tests, and reports which one it is, or why there is none.

Three ways, in this order:

external
    the broker named by KAFKA_BOOTSTRAP_SERVERS; if it is set, no other way is tried
container
    a container, if a Docker engine answers and can pull the image: INSIDERTAPE_KAFKA_IMAGE, or the official one
local
    Apache Kafka on this machine's Java, its jars fetched with Maven (deploy/kafka/local.py)

INSIDERTAPE_TEST_BROKER forces one of them.
"""

import asyncio
import gc
import uuid
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError, TopicAlreadyExistsError, for_code
from docker.errors import DockerException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.kafka.local import LocalKafka, LocalKafkaError, free_ports, settings, version

READY_SECONDS = 60.0
START_ATTEMPTS = 3
AGAIN_SECONDS = 0.05
OFFICIAL_IMAGE = f"apache/kafka:{version()}"


class NoBrokerError(Exception):
    """One way to find a broker failed; the message says why."""


@dataclass(frozen=True)
class Broker:
    """A running broker."""

    words: str
    bootstrap_servers: str
    close: Callable[[], None]


Way = Callable[[Mapping[str, str], Path], Broker]


@dataclass
class Search:
    """The result of the search for a broker."""

    broker: Broker | None = None
    refusals: list[str] = field(default_factory=list)

    def words(self) -> str:
        """Describe the outcome in a sentence."""
        outcome = "No real Apache Kafka is available for the tests that need one."
        if self.broker:
            outcome = f"The Kafka tests used {self.broker.words} at {self.broker.bootstrap_servers}."
        return "\n".join([outcome, *(f"  {refusal}" for refusal in self.refusals)])


def forced_way(environ: Mapping[str, str]) -> str | None:
    """Return the way that INSIDERTAPE_TEST_BROKER requires; None if it is not set."""
    return environ.get("INSIDERTAPE_TEST_BROKER") or None


def ways_to_try(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the ways to try, in order."""
    if forced := forced_way(environ):
        return [forced]
    # If an external broker is configured but down, a run on another broker would only look like a success.
    return ["external"] if environ.get("KAFKA_BOOTSTRAP_SERVERS") else ["container", "local"]


def absence_fails(environ: Mapping[str, str]) -> bool:
    """Return whether a missing broker is a failure: on CI a skipped suite must not look like a passed one."""
    return environ.get("CI", "").lower() in {"true", "1"}


def find_broker(environ: Mapping[str, str], directory: Path, ways: Mapping[str, Way] | None = None) -> Search:
    """Try one way after another until one yields a broker; local data goes into the directory."""
    search = Search()
    for name in ways_to_try(environ):
        try:
            search.broker = (ways or WAYS)[name](environ, directory)
        except NoBrokerError as error:
            search.refusals.append(f"{name}: {error}")
        else:
            break
    return search


async def create_topic(bootstrap_servers: str, name: str, partitions: int = 1) -> None:
    """Create a topic with the broker's default replication."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        # Without the empty assignment the client refuses the -1 that leaves replication to the broker.
        created = await admin.create_topics([NewTopic(name, partitions, -1, {})])
        for _topic, code, message in created.topic_errors:
            if code:
                raise for_code(code)(message)
    finally:
        await admin.close()


async def delete_topic(bootstrap_servers: str, name: str) -> None:
    """Delete a topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        await admin.delete_topics([name])
    finally:
        await admin.close()


async def add_partitions(bootstrap_servers: str, name: str, total: int) -> None:
    """Increase a topic's partitions to `total`, and wait until the broker shows them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        changed = await admin.create_partitions({name: NewPartitions(total)})
        for _topic, code, message in changed.topic_errors:
            if code:
                raise for_code(code)(message)
        while len((await admin.describe_topics([name]))[0]["partitions"]) < total:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(AGAIN_SECONDS)
    finally:
        await admin.close()


async def until_gone(bootstrap_servers: str, name: str) -> None:
    """Wait until the broker no longer shows a deleted topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        while name in await admin.list_topics():  # noqa: ASYNC110 - the broker sets no event
            await asyncio.sleep(AGAIN_SECONDS)
    finally:
        await admin.close()


async def ready(bootstrap_servers: str, within: float = READY_SECONDS) -> None:
    """Wait until a topic can be created and a group has a coordinator, which no log line or open port promises."""
    probe = f"insidertape.probe.{uuid.uuid4().hex}"
    last: Exception | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    with suppress(TopicAlreadyExistsError):
                        await create_topic(bootstrap_servers, probe)
                    await _ask_coordinator(bootstrap_servers, probe)
                except (KafkaError, OSError) as error:
                    last = error
                    await asyncio.sleep(0.2)
                else:
                    await delete_topic(bootstrap_servers, probe)
                    return
    except TimeoutError:
        raise NoBrokerError(f"{bootstrap_servers} let no topic be created in {within:g} s ({last!r})") from last


async def _ask_coordinator(bootstrap_servers: str, topic: str) -> None:
    """Read a group's offsets: at the first such request the broker has to create the topic of the offsets.

    Raises:
        GroupCoordinatorNotAvailableError: the topic does not exist yet.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        if not await admin.list_consumer_group_offsets(topic, partitions=[TopicPartition(topic, 0)]):
            raise GroupCoordinatorNotAvailableError
    finally:
        await admin.close()


def external(environ: Mapping[str, str], _directory: Path) -> Broker:
    """Return the broker named by the environment; it is not changed afterwards."""
    bootstrap_servers = environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if not bootstrap_servers:
        raise NoBrokerError("KAFKA_BOOTSTRAP_SERVERS is not set")
    asyncio.run(ready(bootstrap_servers, within=15))
    return Broker("the broker that KAFKA_BOOTSTRAP_SERVERS names,", bootstrap_servers, lambda: None)


def local(_environ: Mapping[str, str], directory: Path) -> Broker:
    """Start a broker on this machine's Java."""
    kafka = LocalKafka(directory)
    try:
        kafka.start()
        asyncio.run(ready(kafka.bootstrap_servers))
    except LocalKafkaError as error:
        raise NoBrokerError(str(error)) from error
    except BaseException:
        kafka.stop()
        raise
    return Broker(f"a local Apache Kafka {version()} on Java", kafka.bootstrap_servers, kafka.stop)


def container(environ: Mapping[str, str], _directory: Path) -> Broker:
    """Start a broker in a container, which also contains its data."""
    image = environ.get("INSIDERTAPE_KAFKA_IMAGE") or OFFICIAL_IMAGE
    with warnings.catch_warnings():
        # The Docker client leaves sockets open when it fails: collect them here, not in the middle of a test.
        warnings.simplefilter("ignore", ResourceWarning)
        obstacle = _obstacle(image)
        gc.collect()
    if obstacle:
        raise NoBrokerError(obstacle)
    kafka, bootstrap_servers = _start(image)
    try:
        asyncio.run(ready(bootstrap_servers))
    except NoBrokerError as error:
        said = b"".join(kafka.get_logs()).decode(errors="replace").splitlines()[-25:]
        kafka.stop()
        raise NoBrokerError("\n".join([f"{image} started, but {error}; its log ends:", *said])) from error
    except BaseException:
        kafka.stop()
        raise
    return Broker(f"a container of {image}", bootstrap_servers, kafka.stop)


def variables(host: str, port: int) -> dict[str, str]:
    """Return the environment that configures the image like a local broker, reachable at this address."""
    listeners = {
        "listeners": "PLAINTEXT://:9092,INTERNAL://:19092,CONTROLLER://:9093",
        # The address for clients is invalid inside the container. A broker that cannot reach itself never replicates
        # its transaction log, and every transactional produce is retried without end: so a second listener is needed.
        "advertised.listeners": f"PLAINTEXT://{host}:{port},INTERNAL://localhost:19092",
        "inter.broker.listener.name": "INTERNAL",
    }
    pairs = (settings() | listeners).items()
    named = {f"KAFKA_{key.upper().replace('.', '_')}": value for key, value in pairs}
    return named | {"KAFKA_HEAP_OPTS": "-Xmx512m -XX:+UseSerialGC"}


def _obstacle(image: str) -> str | None:
    """Return why a container of this image cannot be started; None if it can."""
    try:
        engine = DockerClient()
    except DockerException as error:
        return f"no Docker engine answers ({_reason(error)})"
    try:
        failure = _pull(engine, image)
        # If the reaper, which removes containers after a killed test run, cannot be pulled, continue without it.
        if not failure and _pull(engine, testcontainers_config.ryuk_image):
            testcontainers_config.ryuk_disabled = True
    finally:
        engine.client.close()
    return failure and f"a Docker engine answers but cannot pull {image} ({failure})"


def _pull(engine: DockerClient, image: str) -> str | None:
    """Return why the engine can neither find nor pull the image; None if it can."""
    try:
        if not engine.client.images.list(name=image):
            engine.client.images.pull(image)
    except DockerException as error:
        return _reason(error)
    return None


def _start(image: str) -> tuple[DockerContainer, str]:
    """Start a container on a port that is known in advance, since the broker has to advertise it."""
    refusal = ""
    for _ in range(START_ATTEMPTS):
        [port] = free_ports(1)
        kafka = DockerContainer(image).with_bind_ports(9092, port)
        host = kafka.get_docker_client().host()
        try:
            kafka.with_envs(**variables(host, port)).start()
        except DockerException as error:  # the port may be taken by now: try another
            refusal = _reason(error)
            kafka.stop()
        else:
            return kafka, f"{host}:{port}"
    raise NoBrokerError(f"{image} does not start ({refusal})")


def _reason(error: DockerException) -> str:
    return str(getattr(error, "explanation", None) or error).partition("\n")[0]


WAYS: dict[str, Way] = {"external": external, "container": container, "local": local}
