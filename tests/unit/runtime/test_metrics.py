"""Metrics are served where a port is named, to this machine alone, and nowhere else."""

import socket
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Counter

from contracts.errors import Misconfigured
from services.runtime.metrics import metrics_served
from services.runtime.settings import MetricsSettings


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_named_port_serves_the_metrics_until_the_end() -> None:
    """On loopback, in the form that monitors read; then nobody listens any more."""
    registry, port = CollectorRegistry(), free_port()
    Counter("filings", "Filings", registry=registry).inc(3)
    with metrics_served(MetricsSettings(port=port), registry):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"filings_total 3.0" in answer.read()
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))  # not on every address
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10)


def test_without_a_port_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is what nobody asking for it means."""
    monkeypatch.setattr("services.runtime.metrics.start_http_server", None)
    with metrics_served(MetricsSettings()):
        pass


def test_a_port_that_is_taken_is_told_by_name() -> None:
    """No traceback: it is a mistake of who starts it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"127.0.0.1:{port}"), metrics_served(MetricsSettings(port=port)):
            pass
