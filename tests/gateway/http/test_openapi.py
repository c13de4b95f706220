"""The OpenAPI document: valid, complete, and kept by every operation under hostile requests."""

import asyncio
from typing import Any, Final

import pytest
import schemathesis
import schemathesis.specs.openapi.schemas  # here, since pytest rewrites it, which may fail deep in the stack
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from contracts.alert_filter import AlertFilter
from services.gateway.http.routes import ROUTERS
from services.gateway.read_model.read_model import ReadModel
from tests.gateway.http.market import ALERTS
from tests.gateway.serving import Served

_EXAMPLES: Final = 15
_LEFT_OUT: Final = frozenset({"/v1/stream", "/v1/subscriptions/{subscription_id}/test"})
"""One does not end, the other sends to whatever address was generated."""

load_all_checks()
_CHECKS: Final = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@pytest.fixture
async def document(served: Served) -> dict[str, Any]:
    """Return the document as it is served."""
    made: dict[str, Any] = await (await served.client.get(f"{served.url}/openapi.json")).json()
    return made


async def test_document_has_every_route_the_stream_and_the_errors(document: dict[str, Any]) -> None:
    """Clients are generated from it."""
    described = set(document["paths"])
    paths = {route.path for router in ROUTERS for route in router.routes if getattr(route, "include_in_schema", False)}
    assert paths - described == set()
    assert "/v1/stream" in described
    assert document["openapi"].startswith("3.1")
    for operations in document["paths"].values():
        for operation in operations.values():
            assert "4XX" in operation["responses"]
            assert operation["summary"]
    assert document["components"]["schemas"]["ProblemDetails"]["properties"]["code"]["description"]


async def test_document_describes_each_field_of_the_filter(document: dict[str, Any]) -> None:
    """A condition that nobody finds is not there."""
    parameters = {each["name"]: each for each in document["paths"]["/v1/alerts"]["get"]["parameters"]}
    assert {"side", "ticker", "min_value", "cursor", "limit"} <= set(parameters)
    assert parameters["side"]["schema"]["items"]["enum"] == ["buy", "sell"]
    assert "repeated" in parameters["side"]["description"]


async def test_operations_keep_to_the_document_under_hostile_requests(
    document: dict[str, Any], served: Served, read_model: ReadModel
) -> None:
    """Whatever is sent, the answer is one that the document describes, and never a failure of the server."""
    document["paths"] = {path: each for path, each in document["paths"].items() if path not in _LEFT_OUT}
    described: Any = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:
        await asyncio.to_thread(attack, operation, served.url)
    everything = await read_model.alerts(AlertFilter(), limit=ALERTS + 1)
    assert len(everything.items) == ALERTS


def attack(operation: Any, url: str) -> None:
    """Send generated requests to an operation, valid and invalid ones, and check each answer."""
    modes = [schemathesis.GenerationMode.POSITIVE]
    if can_be_violated(operation.definition.raw):
        modes.append(schemathesis.GenerationMode.NEGATIVE)
    for mode in modes:

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def attempt(case: Any) -> None:
            case.call_and_validate(base_url=url, checks=_CHECKS)

        attempt()


def can_be_violated(operation: dict[str, Any]) -> bool:
    """Return whether a request can break the document: one without a parameter cannot, and any text is a text."""
    schemas = [parameter["schema"] for parameter in operation.get("parameters", ())]
    return "requestBody" in operation or any(
        schema.get("type") != "string" or schema.keys() - {"type", "title", "description"} for schema in schemas
    )
