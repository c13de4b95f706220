"""The OpenAPI document: what FastAPI derives from the routes, the stream, the errors and the tokens."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.http.access import required_scope
from services.gateway.http.parameters import FILTERED
from services.gateway.http.problems import MEDIA_TYPE
from services.gateway.http.schemas import ProblemDetails
from services.gateway.http.stream_endpoint import AFTER, STREAM_PATH

_PROBLEM: Final = {"$ref": "#/components/schemas/ProblemDetails"}
_ERROR: Final = {"description": "Problem details (RFC 9457)", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
_ID: Final = {"type": "string", "maxLength": 100}
_STREAM: Final[dict[str, Any]] = {
    "summary": "Stream",
    "description": "Return new alerts that match the filter, as server-sent events. Each has the id `GENERATION.SEQ`, "
    "the event `holding_changed` and the alert as its data. An event `reset` means that the read model was rebuilt: "
    "lists have to be read again.",
    "operationId": "stream_alerts",
    "tags": ["alerts"],
    "parameters": [
        *FILTERED["parameters"],
        {"name": AFTER, "in": "query", "description": "id of the last event, if no header can be sent", "schema": _ID},
        {"name": "Last-Event-ID", "in": "header", "description": "id of the last event; it comes first", "schema": _ID},
    ],
    "responses": {
        "200": {"description": "Events until the client leaves", "content": {"text/event-stream": {}}},
    },
}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document, which is made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, openapi_version="3.1.0", routes=app.routes
        )
        made["paths"][STREAM_PATH] = {"get": _STREAM}
        schemas = made["components"]["schemas"]
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in made["paths"].items():
            for method, operation in operations.items():
                _complete(method.upper(), path, operation)
        app.openapi_schema = made
    return app.openapi_schema


def _complete(method: str, path: str, operation: dict[str, Any]) -> None:
    """Add what every operation has: its errors, and the token that it needs."""
    operation["responses"].pop("422", None)
    operation["responses"]["4XX"] = _ERROR
    operation["responses"]["5XX"] = _ERROR
    if required_scope(method, path) is not None:
        operation["security"] = [{"token": []}, {}]
