"""Parameters that several routes share, and the filter in the query string."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request

from contracts.alert_filter import AlertFilter
from services.gateway.http.cursors import CURSOR_PATTERN

_NOT_FILTER: Final = frozenset({"cursor", "limit", "days"})

CursorText = Annotated[
    str | None,
    Query(
        alias="cursor",
        max_length=100,
        description="`next` of the page before",
        json_schema_extra={"pattern": f"^{CURSOR_PATTERN}$"},
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="items of a page")]
Days = Annotated[int, Query(ge=1, le=3_660, description="how many days to count")]


def _wanted(request: Request) -> AlertFilter:
    return AlertFilter.from_query(pair for pair in request.query_params.multi_items() if pair[0] not in _NOT_FILTER)


Wanted = Annotated[AlertFilter, Depends(_wanted)]
"""The filter that the rest of the query string is; an unknown field is an error."""


def _parameter(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    described = {key: value for key, value in parts[0].items() if key not in {"title", "default", "description"}}
    is_list = described.get("type") == "array"
    how = "; separated by commas, or repeated" if is_list else ""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": f"{schema.get('description', '')}{how}",
        "schema": described,
        **({"style": "form", "explode": True} if is_list else {}),
    }


_PROPERTIES: Final = AlertFilter.model_json_schema()["properties"]
FILTERED: Final[dict[str, Any]] = {"parameters": [_parameter(name, schema) for name, schema in _PROPERTIES.items()]}
"""The filter's part of a route's OpenAPI description."""
