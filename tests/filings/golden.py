"""The golden pairs: a small made-up filing and its expected events, compared byte for byte.

`python -m tests.filings.golden` rewrites the expected events: read the difference before you commit it.
"""

import json
from pathlib import Path
from typing import Any, Final

from contracts.filing_published import Hints
from services.parser import parse_filing
from tests.event_json import json_of

FOLDER: Final = Path(__file__).parent / "golden"


def filings() -> list[Path]:
    """Return the golden filings, in order."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in (".xml", ".txt"))


def expected_of(filing: Path) -> Path:
    """Return the path of a filing's expected events."""
    return filing.with_name(filing.name + ".json")


def events_of(filing: Path) -> list[Any]:
    """Return the events of a golden filing; hints are in a `.hints` file beside one whose text needs them."""
    beside = filing.with_name(filing.name + ".hints")
    hints = Hints.model_validate_json(beside.read_bytes()) if beside.exists() else None
    return [json_of(event) for event in parse_filing(filing.read_bytes(), hints=hints)]


def written(events: list[Any]) -> str:
    """Return the events as their file has them."""
    return json.dumps(events, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every expected file again."""
    for filing in filings():
        expected_of(filing).write_text(written(events_of(filing)), encoding="utf-8")


if __name__ == "__main__":
    main()
