"""The routes, one file per noun."""

from typing import Final

from services.gateway.http.routes import alerts, feeds, filings, health, issuers, owners, search, session, transactions

ROUTERS: Final = tuple(
    module.router for module in (filings, alerts, transactions, owners, issuers, search, feeds, session, health)
)
