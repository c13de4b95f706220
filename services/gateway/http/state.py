"""The parts of a running gateway, as routes find them in `request.app.state.gateway`."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from services.gateway.http.access import Access, Caller
from services.gateway.http.stream import Stream
from services.gateway.settings import GatewaySettings
from services.runtime.instruments import Instruments


@dataclass(frozen=True, slots=True)
class Gateway:
    """What every router may use: the read model, the live stream, subscriptions, access control and the settings."""

    read_model: Any
    stream: Stream
    subscriptions: Any
    access: Access
    settings: GatewaySettings
    instruments: Instruments


def gateway_of(request: Request) -> Gateway:
    """Return the gateway that serves a request."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def caller_of(request: Request) -> Caller:
    """Return who sent a request."""
    caller: Caller = request.state.caller
    return caller
