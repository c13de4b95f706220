"""The gateway: alerts, positions and transactions over HTTP, as a live stream, as webhooks, and as pages."""
