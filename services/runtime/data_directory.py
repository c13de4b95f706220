"""What the embedded engine's directory holds: what knows it by that does not import the engine."""

from typing import Final

FILE_NAME: Final = "insidertape.sqlite3"
