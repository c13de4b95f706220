"""The contracts of insidertape: the events on its topics, their keys, headers and codec."""
