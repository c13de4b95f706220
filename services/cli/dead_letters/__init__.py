"""Listing, showing and replaying dead letters."""
