"""Every route of the gateway."""

from collections.abc import Iterator

from fastapi.routing import APIRoute

from services.gateway.http.routes import ROUTERS
from services.gateway.page import subscription_routes
from services.gateway.page.routes import router as pages
from services.gateway.webhooks.routes import router as subscriptions


def routes() -> Iterator[tuple[str, str]]:
    """Yield method and address of every route, with a value for each parameter."""
    for router in (*ROUTERS, subscriptions, pages, subscription_routes.router):
        for route in router.routes:
            if isinstance(route, APIRoute):
                for method in sorted(route.methods or ()):
                    yield method, "/".join("x" if part.startswith("{") else part for part in route.path.split("/"))
    yield "GET", "/v1/stream"
