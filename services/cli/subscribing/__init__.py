"""Subscriptions from the terminal, as a client of the gateway."""
