"""The name of the log's file, for code that must not import the embedded engine."""

from typing import Final

FILE_NAME: Final = "insidertape.sqlite3"
