"""The expected events of each sample filing: one golden JSON file per sample, with the list of its events.

`python -m tests.filings.samples.goldens` rewrites them all with the current parser. A changed golden file is a changed
contract: compare the difference line by line with the sample before you commit it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from services.parser import parse_filing
from tests.event_json import json_of

HERE = Path(__file__).parent
SAMPLES = HERE.parents[2] / "deploy" / "samples"
FRAGMENT = "fragment-without-header"

Events = list[dict[str, Any]]


def readable_samples() -> list[Path]:
    """Return every sample that is a filing, in the order of their names, which is the order of time."""
    return sorted(path for path in SAMPLES.iterdir() if path.suffix in {".xml", ".txt"} and path.stem != FRAGMENT)


def golden_of(sample: Path) -> Path:
    """Return the path of a sample's golden events."""
    return HERE / f"{sample.stem}.json"


def golden_events(sample: Path) -> Events:
    """Return the events that a sample must give."""
    events: Events = json.loads(golden_of(sample).read_text("utf-8"))
    return events


def parsed_events(sample: Path) -> Events:
    """Return the events that a sample does give, as they travel."""
    return [json_of(event) for event in parse_filing(sample.read_bytes())]


def write_goldens() -> list[str]:
    """Write every golden file, and remove those whose sample is gone; the names that changed."""
    changed = []
    texts = {
        golden_of(sample): json.dumps(parsed_events(sample), indent=2, ensure_ascii=False) + "\n"
        for sample in readable_samples()
    }
    for orphan in set(HERE.glob("*.json")) - texts.keys():
        orphan.unlink()
        changed.append(orphan.name)
    for path, text in texts.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path.name)
    return sorted(changed)


if __name__ == "__main__":
    sys.stdout.writelines(f"changed {name}: read the difference against the sample\n" for name in write_goldens())
