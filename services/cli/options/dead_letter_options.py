"""Parser for the times that options of `insidertape dlq` take."""

from datetime import UTC, datetime

import typer


def parse_time(text: str) -> datetime:
    """Parse a date or a time; without a time zone it is in UTC."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        words = f"{text!r} is not a date or time; write it as 2024-12-31 or 2024-12-31T18:30"
        raise typer.BadParameter(words) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
