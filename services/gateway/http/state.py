"""The parts of a running gateway, as routes find them in `request.app.state.gateway`."""

from dataclasses import dataclass, field

from starlette.requests import Request

from services.gateway.http.access import Access, Caller
from services.gateway.http.stream import Stream
from services.gateway.read_model.catching_up import CatchingUp
from services.gateway.read_model.read_model import ReadModel
from services.gateway.settings import GatewaySettings
from services.gateway.webhooks.subscriptions import Subscriptions
from services.runtime.instruments import Instruments


@dataclass(frozen=True, slots=True)
class Gateway:
    """What every router may use. `catching_up` is that of this process's projector."""

    read_model: ReadModel
    stream: Stream
    subscriptions: Subscriptions
    access: Access
    settings: GatewaySettings
    instruments: Instruments
    catching_up: CatchingUp = field(default_factory=CatchingUp)


def gateway_of(request: Request) -> Gateway:
    """Return the gateway that serves a request."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def caller_of(request: Request) -> Caller:
    """Return who sent a request."""
    caller: Caller = request.state.caller
    return caller
