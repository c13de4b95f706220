"""The Kubernetes manifests: each overlay is built by kustomize and validated against three versions of Kubernetes."""

import re
import shutil
import subprocess
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.generators.strimzi import FOLDER, PARTITIONS, pages, rights_of_users
from services.parser.processor import parser_service
from tests.unit.cli.command import ROOT

OVERLAYS = ROOT / "deploy" / "kubernetes" / "overlays"
NAMES = ("dev", "production")
VERSIONS = ("1.34", "1.35", "1.36")
OURS = {"watcher", "parser", "holdings", "gateway"}

Resource = dict[str, Any]

each_overlay = pytest.mark.parametrize("overlay", NAMES)


@cache
def built(overlay: str) -> str:
    """Return what kustomize makes of an overlay; the test is skipped if there is no kubectl."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is missing: apt-get install kubectl, or from dl.k8s.io")
    done = subprocess.run(
        ["kubectl", "kustomize", OVERLAYS / overlay], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def resources(overlay: str, *kinds: str) -> list[Resource]:
    """Return the resources of an overlay; with kinds, only those."""
    return [each for each in yaml.safe_load_all(built(overlay)) if not kinds or each["kind"] in kinds]


def pod_of(resource: Resource) -> Resource:
    """Return the specification of a workload's pods."""
    return dict(resource["spec"]["template"]["spec"])


@each_overlay
@pytest.mark.parametrize("version", VERSIONS)
def test_resources_are_valid_in_three_versions_of_kubernetes(overlay: str, version: str) -> None:
    """A field that a version does not know would be dropped there without a word."""
    validate = shutil.which("kubernetes-validate")
    if validate is None:
        pytest.skip("kubernetes-validate is missing: pip install kubernetes-validate")
    done = subprocess.run(
        [validate, "--strict", "-k", version, "-"],
        input=built(overlay),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


_NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
_STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
CUSTOM: dict[str, Resource] = {
    "KafkaTopic": {
        "required": ["partitions", "replicas", "config"],
        "additionalProperties": False,
        "properties": {"partitions": {"type": "integer"}, "replicas": {"type": "integer"}, "config": _STRINGS},
    },
    "KafkaUser": {
        "required": ["authentication", "authorization"],
        "additionalProperties": False,
        "properties": {
            "authentication": {"properties": {"type": {"const": "scram-sha-512"}}, "required": ["type"]},
            "authorization": {
                "required": ["type", "acls"],
                "properties": {
                    "type": {"const": "simple"},
                    "acls": {
                        "items": {
                            "required": ["resource", "operations"],
                            "additionalProperties": False,
                            "properties": {
                                "operations": {"items": {"enum": ["Describe", "Read", "Write"]}, "minItems": 1},
                                "resource": {
                                    "required": ["type", "name", "patternType"],
                                    "properties": {
                                        "type": {"enum": ["topic", "group", "transactionalId"]},
                                        "patternType": {"enum": ["literal", "prefix"]},
                                    },
                                },
                            },
                        }
                    },
                },
            },
        },
    },
    "ScaledObject": {
        "required": ["scaleTargetRef", "triggers"],
        "additionalProperties": False,
        "properties": {
            "scaleTargetRef": _NAMED,
            "minReplicaCount": {"const": 1},
            "maxReplicaCount": {"type": "integer"},
            "pollingInterval": {"type": "integer"},
            "cooldownPeriod": {"type": "integer"},
            "advanced": {"type": "object"},
            "triggers": {
                "items": {
                    "required": ["type", "metadata"],
                    "properties": {"type": {"const": "kafka"}, "metadata": _STRINGS, "authenticationRef": _NAMED},
                }
            },
        },
    },
    "TriggerAuthentication": {
        "required": ["secretTargetRef"],
        "properties": {"secretTargetRef": {"items": {"required": ["parameter", "name", "key"]}}},
    },
}
"""The fields of custom resources that the manifests use, after the documentation of Strimzi and KEDA."""


@each_overlay
def test_custom_resources_have_the_fields_of_their_operators(overlay: str) -> None:
    """The validator above knows only Kubernetes' own resources."""
    for resource in resources(overlay, *CUSTOM):
        jsonschema.validate(resource["spec"], {"type": "object", **CUSTOM[resource["kind"]]})
    assert bool(resources(overlay, *CUSTOM)) == (overlay == "production")


@each_overlay
def test_every_pod_fulfils_the_restricted_standard(overlay: str) -> None:
    """The namespace enforces it: other pods would not start."""
    workloads = resources(overlay, "Deployment", "StatefulSet", "Job")
    assert len(workloads) >= 5
    for workload in workloads:
        pod = pod_of(workload)
        name = workload["metadata"]["name"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name


@each_overlay
def test_every_service_has_probes_and_time_to_finish(overlay: str) -> None:
    """A pod that is killed while it commits costs the next owner of its partitions a restore."""
    deployments = resources(overlay, "Deployment")
    assert {each["metadata"]["name"] for each in deployments} == OURS
    for deployment in deployments:
        pod = pod_of(deployment)
        assert pod["terminationGracePeriodSeconds"] == 45
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(pod["containers"][0])
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 0


@each_overlay
def test_only_the_gateway_gets_the_secret_of_the_database(overlay: str) -> None:
    """The parser reads hostile text; it has nothing to lose but its own rights on the broker."""
    with_secret = {
        each["metadata"]["name"]
        for each in resources(overlay, "Deployment", "StatefulSet")
        if "insidertape-database"
        in yaml.safe_dump(pod_of(each)["volumes" if "volumes" in pod_of(each) else "containers"])
    }
    assert with_secret == {"gateway", "postgres"}


@each_overlay
def test_everything_is_denied_that_no_policy_allows(overlay: str) -> None:
    """The first policy selects every pod and allows nothing."""
    policies = {each["metadata"]["name"]: each["spec"] for each in resources(overlay, "NetworkPolicy")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    named = {name for spec in policies.values() for name in re.findall(r"app.kubernetes.io/name': '(\w+)'", str(spec))}
    assert named <= OURS | {"kafka", "postgres"}


def test_resources_of_strimzi_are_generated_from_the_contracts() -> None:
    """`make schemas` writes them; a new topic or right shows in the manifests."""
    assert {name: (FOLDER / name).read_text() for name in pages()} == pages()


def test_scaler_reads_the_lag_of_the_parser_up_to_its_partitions() -> None:
    """A misspelt group has no lag, and is never scaled. The threshold lies above the markers of all partitions."""
    (scaler,) = resources("production", "ScaledObject")
    (trigger,) = scaler["spec"]["triggers"]
    service = parser_service()
    assert (trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"]) == (
        service.group,
        service.input_topic.name,
    )
    assert scaler["spec"]["maxReplicaCount"] == PARTITIONS
    assert int(trigger["metadata"]["activationLagThreshold"]) > PARTITIONS


def test_each_service_logs_in_as_its_own_user() -> None:
    """The rights on the broker are those of one service alone."""
    for deployment in resources("production", "Deployment"):
        name = deployment["metadata"]["name"]
        assert name in rights_of_users()
        env = pod_of(deployment)["containers"][0]["env"]
        assert {"name": "INSIDERTAPE_KAFKA_SASL_USERNAME", "value": f"insidertape-{name}"} in env
