"""The embedded engine and its log, one SQLite file."""
