"""Prometheus' rules and the board: the names that they use, and what the rules do."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from services.runtime.metric_names import METRICS, Metric
from tests.unit.cli.command import ROOT

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yaml"
ADDED_BY_PROMETHEUS = {"job", "instance", "le"}
NAMED = {metric.name: metric for metric in METRICS}


def rules() -> list[dict[str, str]]:
    """Return the alerting rules."""
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return list(group["rules"])


def expressions() -> list[str]:
    """Return every expression of the rules and of the board."""
    board = json.loads((DEPLOY / "grafana" / "board.json").read_text())
    return [rule["expr"] for rule in rules()] + [
        target["expr"] for panel in board["panels"] for target in panel["targets"]
    ]


def metric_of(series: str) -> Metric:
    """Return the metric that a series belongs to.

    Raises:
        KeyError: no code registers it.
    """
    return NAMED[series if series in NAMED else re.sub(r"_(bucket|sum|count)$", "", series)]


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_is_registered_in_the_code(expression: str) -> None:
    """Prometheus takes any name: an alert on a misspelt one never fires, and nobody notices."""
    metrics = [metric_of(series) for series in re.findall(r"insidertape_\w+", expression)]
    labels = {label for metric in metrics for label in metric.labels} | ADDED_BY_PROMETHEUS
    grouped = {name.strip() for names in re.findall(r"by \(([^)]*)\)", expression) for name in names.split(",")}
    selected = set(re.findall(r'(\w+)(?:=~|!=|=)"', expression))
    assert grouped | selected <= labels


@pytest.mark.parametrize("test", ["rules_test.yaml", "drift_test.yaml"])
def test_each_alert_fires_and_does_not_fire_as_its_cases_say(test: str) -> None:
    """Evaluated by Prometheus' own engine, on series as the services produce them."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: apt-get install prometheus")
    done = subprocess.run(
        [promtool, "test", "rules", RULES.with_name(test)], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_case_in_which_it_fires() -> None:
    """A rule without a case may be one that never fires."""
    cases = "".join(path.read_text() for path in RULES.parent.glob("*_test.yaml"))
    fires = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", cases))
    assert {rule["alert"] for rule in rules()} == fires


def test_each_alert_has_an_entry_in_the_runbook() -> None:
    """The name of the alert is all that whoever is called at night has."""
    headings = re.findall(r"^## (.+)$", (DEPLOY / "RUNBOOK.md").read_text(), re.MULTILINE)
    named = {name.strip() for heading in headings for name in heading.split(",")}
    assert {rule["alert"] for rule in rules()} <= named


def test_rules_that_compose_mounts_are_those_that_are_tested() -> None:
    """Compose mounts the directory; its configuration names the file."""
    assert yaml.safe_load(Path(RULES.with_name("prometheus.yaml")).read_text())["rule_files"] == [RULES.name]
