"""Probes and metrics are served on this machine if a port is set, whatever the event loop is doing."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

import pytest

from contracts.errors import Misconfigured
from deploy.generators.metric_page import PAGE, metrics_page
from services.runtime.health import ProcessHealth
from services.runtime.instruments import BatchReport, Instruments
from services.runtime.metric_names import METRICS, MOST_CODES
from services.runtime.metrics import metrics_served
from services.runtime.prometheus import PrometheusMeter
from services.runtime.settings import MetricsSettings
from tests.probes.monitor import Answer, ask, free_port, names, value

SERVICES = Path(__file__).resolve().parents[3] / "services"
T = TypeVar("T")


async def in_thread(work: Callable[..., T], *given: object) -> T:
    """Run blocking work in a thread."""
    return await asyncio.to_thread(work, *given)


async def test_named_port_serves_the_four_paths_until_the_end() -> None:
    """Only on this machine; afterwards the port is closed."""
    port = free_port()
    with metrics_served(MetricsSettings(port=port), engine="embedded", services=("parser",)) as instruments:
        unready = await in_thread(ask, port, "/readyz")
        assert (unready.status, unready.text) == (503, "parser: is starting\n")
        instruments.service("parser").committed(BatchReport(3, 4, 0.1, 0.1))
        scrape = await in_thread(ask, port, "/metrics")
        assert (scrape.status, scrape.headers["content-type"][:25]) == (200, "text/plain; version=0.0.4")
        assert value(scrape.text, "insidertape_records_total", service="parser") == 3
        alive = await in_thread(ask, port, "/livez")
        assert (alive.status, alive.text) == (200, "parser: alive\n")
        assert (alive.headers["server"], alive.headers["cache-control"]) == ("insidertape", "no-store")
        version = json.loads((await in_thread(ask, port, "/version")).text)
        assert set(version) == {"version", "python", "engine"}
        assert version["engine"] == "embedded"
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))  # not on every address
    with pytest.raises(OSError, match="refused"):
        await in_thread(ask, port, "/metrics")


async def test_without_a_port_nothing_listens_and_nothing_is_counted() -> None:
    """No thread is started, and the metrics library is not imported."""
    before = threading.active_count()
    with metrics_served(MetricsSettings(), engine="kafka") as instruments:
        instruments.service("parser").committed(BatchReport(3, 4, 0.1, 0.1))
        assert not instruments.service("parser").enabled
        assert instruments.meter.text() == b""
        assert threading.active_count() == before


async def test_port_that_is_taken_is_named_in_the_error() -> None:
    """It is a configuration error: no traceback, but the setting to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(Misconfigured, match=f"no_metrics_port: .*127.0.0.1:{port}.*INSIDERTAPE_METRICS_PORT"),
            metrics_served(MetricsSettings(port=port), engine="kafka"),
        ):
            pass


async def test_host_that_does_not_exist_is_named_in_the_error() -> None:
    """An unknown host name is the same kind of error."""
    with (
        pytest.raises(Misconfigured, match=r"no_metrics_port: .*no\.such\.host\.invalid"),
        metrics_served(MetricsSettings(port=free_port(), host="no.such.host.invalid"), engine="kafka"),
    ):
        pass


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/metrics/", 404), ("POST", "/readyz", 405), ("DELETE", "/metrics", 405)],
)
async def test_other_paths_and_methods_are_refused(method: str, path: str, status: int) -> None:
    """Only the four paths exist, and they can only be read."""
    port = free_port()
    with metrics_served(MetricsSettings(port=port), engine="embedded"):
        answer = await in_thread(ask, port, path, method)
    assert answer.status == status
    assert answer.headers.get("allow") == ("GET, HEAD" if status == 405 else None)


async def test_head_gives_the_same_status_without_a_body() -> None:
    """Some monitors use HEAD; a query string against caching changes nothing."""
    port = free_port()
    with metrics_served(MetricsSettings(port=port), engine="embedded"):
        head, get = await in_thread(ask, port, "/version?x=1", "HEAD"), await in_thread(ask, port, "/version")
    assert (head.status, head.text) == (200, "")
    assert head.headers["content-length"] == str(len(get.text))


async def test_blocked_event_loop_is_reported_as_not_alive_with_its_duration() -> None:
    """A process that hangs cannot report it from the event loop: the probe answers from a thread."""
    port = free_port()
    instruments = Instruments(PrometheusMeter(), ProcessHealth(loop_limit=1.0))
    with metrics_served(MetricsSettings(port=port), engine="embedded", instruments=instruments):
        assert (await in_thread(ask, port, "/livez")).status == 200
        found: list[Answer] = []

        def probe() -> None:
            while not found or found[-1].status == 200:
                found.append(ask(port, "/livez"))

        monitor = threading.Thread(target=probe)
        monitor.start()
        monitor.join(timeout=30)  # blocks the loop
        assert found[-1].status == 503
        assert re.fullmatch(r"the event loop has not run for 1\.\d s\n", found[-1].text)
        async with asyncio.timeout(30):
            while (await in_thread(ask, port, "/livez")).status != 200:
                pass


async def test_silent_and_invalid_clients_do_not_delay_a_monitor() -> None:
    """A port that is open to a network is also open to a scanner."""
    port = free_port()
    with metrics_served(MetricsSettings(port=port), engine="embedded"):
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(b"\x16\x03\x01\x00\xee\r\n\r\n")
            started = time.monotonic()
            assert (await in_thread(ask, port, "/livez")).status == 200
            assert time.monotonic() - started < 2
        for one in silent:
            one.close()


async def test_connections_beyond_the_limit_are_closed_at_once() -> None:
    """The number of threads is bounded: a flood costs the service at most 32 of them."""
    port = free_port()
    with metrics_served(MetricsSettings(port=port), engine="embedded"):
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(32)]
        extra = HTTPConnection("127.0.0.1", port, timeout=4)  # shorter than the server waits for the silent ones
        with pytest.raises(OSError):  # noqa: PT011 - reset or closed, as it comes
            await in_thread(_answer_of, extra)
        assert sum("process_request_thread" in thread.name for thread in threading.enumerate()) == 32
        for one in held:
            one.close()


def _answer_of(connection: HTTPConnection) -> int:
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_number_of_codes_is_bounded() -> None:
    """A label that grows with the input would fill the monitor's memory."""
    instruments = Instruments(PrometheusMeter())
    codes = {f"code_{number}": 1 for number in range(3 * MOST_CODES)} | {"Not a code": 5, "x" * 1_000: 7}
    instruments.service("parser").committed(BatchReport(1, 1, 0.1, 0.1, dead_letters=codes))
    text = instruments.meter.text().decode()
    assert text.count('insidertape_dead_letters_total{code="') == MOST_CODES + 1
    others = value(text, "insidertape_dead_letters_total", service="parser", code="other")
    assert others == 2 * MOST_CODES + 5 + 7


def test_the_series_of_a_lost_partition_are_removed() -> None:
    """Its lag is measured by another process now, and would stay constant here."""
    instruments = Instruments(PrometheusMeter())
    parser = instruments.service("parser")
    parser.assigned([0, 1])
    for partition in (0, 1):
        parser.opened(partition, seconds=0.1, keys=7)
        parser.lag(partition, 5)
    parser.assigned([1])
    parser.lag(0, 9)  # measured before the rebalance, reported after it
    text = instruments.meter.text().decode()
    assert re.findall(r'lag_records\{partition="(\d)"', text) == ["1"]
    assert re.findall(r'restored_keys\{partition="(\d)"', text) == ["1"]
    assert value(text, "insidertape_assigned_partitions", service="parser") == 1
    assert value(text, "insidertape_rebalances_total", service="parser") == 2
    parser.ended()
    text = instruments.meter.text().decode()
    assert "lag_records{" not in text
    assert value(text, "insidertape_assigned_partitions", service="parser") == 0


def test_page_is_generated_from_the_table() -> None:
    """`make schemas` writes it, and alerting rules rely on it."""
    assert PAGE.read_text("utf-8") == metrics_page()


def test_metric_names_follow_the_conventions() -> None:
    """Prometheus' conventions: the prefix, a base unit, and `_total` only for counters."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch(r"insidertape_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert metric.meaning.endswith(".")
    registered = set(re.findall(r"^# TYPE (insidertape_\w+)", PrometheusMeter().text().decode(), re.MULTILINE))
    assert registered == {metric.name for metric in METRICS}


def test_metrics_are_registered_in_one_place() -> None:
    """A name outside the table would be on no page."""
    using = {path.name for path in SERVICES.rglob("*.py") if "prometheus_client" in path.read_text("utf-8")}
    assert using == {"prometheus.py"}


def test_names_of_a_scrape_ignore_series_without_values() -> None:
    """The tests of whole runs rely on it to see that each metric is used."""
    assert "insidertape_records_total" not in names(PrometheusMeter().text().decode())
