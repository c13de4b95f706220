"""Webhooks: subscriptions, their deliveries planned with the alerts, and the deliverer that sends them."""
