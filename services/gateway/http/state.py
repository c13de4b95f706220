"""The parts of a running gateway, as routes find them in `request.app.state.gateway`."""

from dataclasses import dataclass
from typing import Any

from services.gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Gateway:
    """What every router may use: the read model, the live stream, subscriptions, access control and the settings."""

    read_model: Any
    stream: Any
    subscriptions: Any
    access: Any
    settings: GatewaySettings
