"""`insidertape health`, the health check of the container image, against running services."""

from pathlib import Path

from tests.probes.monitor import free_port, until
from tests.unit.cli.command import insidertape, running


def test_service_that_is_ready_passes_the_health_check(tmp_path: Path) -> None:
    """The message is the service's own, so that `docker inspect` shows it."""
    port = str(free_port())
    words = ("run", "--source", tmp_path, "--data", tmp_path / "data")
    with running(*words, variables={"INSIDERTAPE_METRICS_PORT": port}):
        until(int(port), "/readyz", 200)
        check = insidertape("health", INSIDERTAPE_METRICS_PORT=port)
    assert check.returncode == 0, check.stderr
    assert "parser: 4 partitions assigned and restored" in check.stdout


def test_service_without_its_broker_fails_the_health_check_with_the_reason() -> None:
    """It is alive, so nothing restarts it, but what depends on it must not start yet."""
    port = str(free_port())
    variables = {"INSIDERTAPE_METRICS_PORT": port, "INSIDERTAPE_KAFKA_CONNECT_TRIES": "0"}
    with running("parser", "--kafka", "127.0.0.1:1", variables=variables):
        until(int(port), "/readyz", 503, "cannot reach the broker")
        check = insidertape("health", INSIDERTAPE_METRICS_PORT=port)
    assert check.returncode == 1
    assert "parser: cannot reach the broker" in check.stderr


def test_gateway_is_asked_on_its_own_port(tmp_path: Path) -> None:
    """It serves its probes with its pages: the image's health check has to find it without a setting."""
    data = tmp_path / "data"
    assert insidertape("run", "--once", "--source", tmp_path, "--data", data).returncode == 0
    port = str(free_port())
    with running("gateway", "--data", data, "--port", port):
        until(int(port), "/readyz", 200)
        check = insidertape("health", INSIDERTAPE_METRICS_PORT=str(free_port()), INSIDERTAPE_HTTP_PORT=port)
    assert check.returncode == 0, check.stderr


def test_health_check_without_a_service_names_the_ports() -> None:
    """The usual cause is a wrong port."""
    port, other = str(free_port()), str(free_port())
    check = insidertape("health", INSIDERTAPE_METRICS_PORT=port, INSIDERTAPE_HTTP_PORT=other)
    assert check.returncode == 1
    assert f"nothing listens on port {port} or {other}" in check.stderr
