"""Checking and repairing the state that holdings builds on."""
