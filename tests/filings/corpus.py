"""The corpus of real filings beside the checkout. Tests that need it skip with a reason if it is missing."""

from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CORPUS = SHARED / "corpus"
SEEDS = SHARED / "seeds"


def files_of(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder beside the checkout, in order; none if the folder is missing."""
    return sorted(folder.glob(pattern)) if folder.is_dir() else []


def each_of(folder: Path, pattern: str) -> list[Any]:
    """Return the files as parameters of a test, or one that skips with a reason."""
    found = files_of(folder, pattern)
    if not found:
        reason = f"there are no real filings in ../{folder.relative_to(SHARED.parent)}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.name) for path in found]
