"""Runs a real Apache Kafka on this machine without Docker, from jars that Maven fetches once.

python3 deploy/kafka/local.py fetch     copies the jars into .kafka/libs
python3 deploy/kafka/local.py run       runs a broker until Ctrl-C

It needs Java 17 or later, and Maven for the fetch; of Python only the standard library.
"""

import argparse
import fcntl
import itertools
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Self

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1] / ".kafka"
LIBS = HOME / "libs"
POM = HERE / "pom.xml"
HOST = "127.0.0.1"
OLDEST_JAVA = 17
START_SECONDS = 60
STOP_SECONDS = 20
BURY_SECONDS = 10
START_ATTEMPTS = 5

# Below 32768 the kernel does not choose client ports. Above it, a client that retries the port of a stopped broker may
# be given that port itself, connect to itself, and prevent the broker from restarting.
PORTS = range(15_000, 32_768)

CLUSTER_ID = "aW5zaWRlcnRhcGVsb2NhbA"  # sixteen bytes in base64: "insidertapelocal"


class LocalKafkaError(RuntimeError):
    """No local broker is available, or it did not start; the message gives the reason and a remedy."""


def version() -> str:
    """Return the version of Apache Kafka that the pom pins."""
    return str(re.findall(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text())[0])


def settings() -> dict[str, str]:
    """Return the properties in server.properties."""
    lines = (HERE / "server.properties").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def java() -> str:
    """Return the path of a Java that runs this Kafka: JAVA_HOME's, or else the one on PATH."""
    home = os.environ.get("JAVA_HOME")
    path = (home and shutil.which("java", path=f"{home}/bin")) or shutil.which("java")
    if not path:
        raise LocalKafkaError(f"there is no java on PATH: install Java {OLDEST_JAVA} or later (a JRE will do)")
    banner = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr.strip()
    found = re.search(r'version "(\d+)', banner)
    if not found or int(found[1]) < OLDEST_JAVA:
        says = banner.partition("\n")[0]
        raise LocalKafkaError(f"Apache Kafka needs Java {OLDEST_JAVA} (set JAVA_HOME?), and {path} says: {says}")
    return path


def fetched() -> bool:
    """Return whether the jars exist and match the pom."""
    stamp = LIBS / POM.name
    return stamp.is_file() and stamp.read_bytes() == POM.read_bytes()


def fetch() -> Path:
    """Let Maven copy the jars into .kafka/libs, atomically, unless they exist."""
    if fetched():
        return LIBS
    java()
    if not (maven := shutil.which("mvn")):
        raise LocalKafkaError(f"there is no mvn on PATH to fetch Apache Kafka {version()} with: install Maven")
    HOME.mkdir(exist_ok=True)
    with (HOME / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another test run may be fetching: wait for it, then find its jars
        if not fetched():
            with tempfile.TemporaryDirectory(dir=HOME, prefix="fetching-") as scratch:
                jars = Path(scratch) / LIBS.name
                _resolve(maven, jars)
                shutil.copy(POM, jars)
                shutil.rmtree(LIBS, ignore_errors=True)
                jars.rename(LIBS)
    return LIBS


def class_archive() -> Path:
    """Return the archive of a broker's classes; make it if necessary, since it halves the time of each later start.

    A Java that cannot read it, such as one of another version, ignores it.
    """
    archive = HOME / f"classes-{version()}.jsa"
    with (HOME / "archive.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            with tempfile.TemporaryDirectory(dir=HOME, prefix="archiving-") as scratch:
                made = Path(scratch) / archive.name
                LocalKafka(Path(scratch), machine=[f"-XX:ArchiveClassesAtExit={made}"]).start().stop()
                made.touch()  # some Javas write none; they shall not be asked again
                made.rename(archive)
    return archive


def _resolve(maven: str, into: Path) -> None:
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={into}"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode:
        raise LocalKafkaError(f"Maven could not fetch Apache Kafka:\n{_tail(outcome.stdout + outcome.stderr)}")


def is_free(port: int) -> bool:
    """Return whether the port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Return different free ports. Another process may take one before its use, so be ready to try again."""
    return list(itertools.islice(filter(is_free, random.sample(PORTS, k=len(PORTS))), count))


def answers(port: int) -> bool:
    """Return whether a broker answers on this port and lists itself as alive.

    It accepts connections well before: until it is unfenced no topic can be created on it.
    """
    metadata_of_no_topics = struct.pack(">hhihi", 3, 1, 0, -1, 0)  # api, version, correlation, client id, topics
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection, connection.makefile("rb") as replies:
            connection.sendall(struct.pack(">i", len(metadata_of_no_topics)) + metadata_of_no_topics)
            _size, _correlation, brokers = struct.unpack(">iii", replies.read(12))
    except (OSError, struct.error):  # not there, or gone within the reply
        return False
    return bool(brokers)


def _tail(text: str, lines: int = 25) -> str:
    return "\n".join(text.splitlines()[-lines:])


class LocalKafka:
    """One broker on loopback, with its data in its own directory or in `data`.

    `start` leaves it answering, and `kill` and `restart` are what a chaos test does to it: same ports, same data.

    `listeners` are further ones by name, each with its properties (`security.protocol` among them), `properties` are
    those of the broker that differ from server.properties, `formatting` are further arguments of the tool that formats
    the storage, and `machine` those of Java instead of the archive of classes.
    """

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        data: Path | None = None,
        listeners: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        properties: Mapping[str, str] = MappingProxyType({}),
        formatting: Sequence[str] = (),
        machine: Sequence[str] = (),
    ) -> None:
        self.directory = directory
        self.log = directory / "kafka.log"
        self._config = directory / "server.properties"
        self._data = data or directory / "data"
        self._wanted_port = port
        self._ports: list[int] = []
        self._listeners = listeners
        self._properties = properties
        self._formatting = formatting
        self._machine = machine
        self._logged_before = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Return the address for clients, once it has started."""
        return f"{HOST}:{self._ports[0]}"

    def address_of(self, listener: str) -> str:
        """Return the address of an additional listener, once it has started."""
        return f"{HOST}:{self._ports[2 + list(self._listeners).index(listener)]}"

    def has_listener(self, name: str) -> bool:
        """Return whether it has this additional listener."""
        return name in self._listeners

    def start(self) -> Self:
        """Start the broker and wait until it answers; fetch it first if necessary."""
        for _ in range(START_ATTEMPTS):
            broker, *others = free_ports(2 + len(self._listeners))
            self._ports = [self._wanted_port or broker, *others]
            self._configure()
            if self._launch():
                return self
        raise LocalKafkaError(f"another process has one of the ports {self._ports}")

    def restart(self) -> None:
        """Stop the broker if it still runs, and start it again on the same ports and data."""
        self.stop()
        if not self._launch():
            raise LocalKafkaError(f"another process took one of the ports {self._ports}")

    def kill(self) -> None:
        """Kill the broker with SIGKILL, like a crash."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Stop the broker with SIGTERM; kill it if that takes too long."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def _configure(self) -> None:
        broker, controller, *_ = self._ports
        further = [f"{name}://{self.address_of(name)}" for name in self._listeners]
        properties = settings() | {
            "listeners": ",".join([f"PLAINTEXT://{HOST}:{broker}", f"CONTROLLER://{HOST}:{controller}", *further]),
            "advertised.listeners": ",".join([f"PLAINTEXT://{HOST}:{broker}", *further]),
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "log.dirs": str(self._data),
        }
        for name, own in self._listeners.items():
            properties["listener.security.protocol.map"] += f",{name}:{own['security.protocol']}"
            properties |= {f"listener.name.{name.lower()}.{key}": value for key, value in own.items()}
        properties |= self._properties
        self.directory.mkdir(parents=True, exist_ok=True)
        self._config.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))

    def _launch(self) -> bool:
        """Return whether the broker has started; it cannot if another process has one of its ports."""
        if not all(map(is_free, self._ports)):
            return False
        if not (self._data / "meta.properties").exists():
            formatting = ("format", "-t", CLUSTER_ID, "-c", str(self._config), *self._formatting)
            self._run("kafka.tools.StorageTool", *formatting).wait()
        elif not (self._data / ".kafka_cleanshutdown").exists():
            self._bury()
        self.process = self._run("kafka.Kafka", str(self._config))
        up = False
        try:
            up = self._until(lambda: answers(self._ports[0]), START_SECONDS)
        finally:
            if not up:
                self.kill()
        if not up and "Address already in use" not in self._logged():
            raise LocalKafkaError(f"Apache Kafka did not start; its log, {self.log}, ends:\n{_tail(self._logged())}")
        return up

    def _bury(self) -> None:
        """Let the controller fence the killed broker before its successor starts.

        If both started at once, the broker would use metadata in which it still leads every partition. It would resume
        the transactions being committed, lose its leadership a moment later, when its former self is fenced, and skip
        the commit markers of partitions without a leader at that time. Readers would wait for them forever. In a
        cluster another replica leads by then. A single node has no replica, so a test that kills it would fail because
        of Kafka itself.
        """
        alone = {"process.roles": "controller", "broker.session.timeout.ms": "250"}
        alone |= dict.fromkeys(("listeners", "advertised.listeners"), f"CONTROLLER://{HOST}:{self._ports[1]}")
        overrides = [f"--override={key}={value}" for key, value in alone.items()]
        self.process = self._run("kafka.Kafka", str(self._config), *overrides)
        try:  # limited in time: a broker killed before it registered is never fenced
            self._until(lambda: "Fencing broker" in self._logged(), BURY_SECONDS)
        finally:
            self.stop()

    def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Return whether the condition held before the time was up or the process ended."""
        deadline = time.monotonic() + seconds
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.05)
        return False

    def _logged(self) -> str:
        """Return the log of the process that was started last."""
        return self.log.read_bytes()[self._logged_before :].decode(errors="replace")

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.yaml'}"
        # Such a broker lives for minutes: the optimizing compiler would cost more than it saves.
        machine = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        jars = fetch()
        machine += self._machine or [f"-XX:SharedArchiveFile={class_archive()}", "-Xlog:disable", "-Xlog:all=error"]
        command = [java(), *machine, logging, "-cp", f"{jars}/*", *arguments]
        with self.log.open("ab") as log:
            self._logged_before = log.tell()
            # Its own session: Ctrl-C in the terminal goes to the process that started the broker, which then stops it.
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def run(directory: Path, port: int) -> None:
    """Run a broker in the foreground until a signal stops it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kafka = LocalKafka(directory, port)
    try:
        kafka.start()
        where = f"{kafka.bootstrap_servers}, with its data and log in {directory}"
        print(f"Apache Kafka {version()} answers at {where}; Ctrl-C stops it.", flush=True)
        status = kafka.process and kafka.process.wait()
        raise LocalKafkaError(f"it ended by itself with status {status}; its log is {kafka.log}")
    finally:
        kafka.stop()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="A real Apache Kafka on this machine, without Docker.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch", help="copy Kafka's jars into .kafka/libs with Maven")
    running = commands.add_parser("run", help="run a broker until Ctrl-C")
    running.add_argument("--port", type=int, default=9092, help="where it listens, on loopback (default: 9092)")
    running.add_argument("--data", type=Path, default=HOME / "data", help="its directory (default: .kafka/data)")
    arguments = parser.parse_args()
    try:
        if arguments.command == "fetch":
            print(f"Apache Kafka {version()} is in {fetch()}.")
        else:
            run(arguments.data.resolve(), arguments.port)
    except LocalKafkaError as error:
        sys.exit(f"kafka: {error}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
