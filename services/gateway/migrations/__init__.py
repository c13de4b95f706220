"""Migrations of the tables that cannot be rebuilt, one file per step."""
