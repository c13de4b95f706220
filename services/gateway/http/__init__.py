"""The gateway over HTTP: routes, problem details, tokens and the live stream."""
