"""Where real filings are, beside the checkout; a test that needs them says in words that they are not there."""

from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CORPUS = SHARED / "corpus"
SEEDS = SHARED / "seeds"


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder beside the checkout, in order; none where the folder is not there."""
    return sorted(folder.glob(pattern)) if folder.is_dir() else []


def each_of(folder: Path, pattern: str) -> list[Any]:
    """The files as parameters of a test, or one that skips in words."""
    found = files_of(folder, pattern)
    if not found:
        reason = f"there are no real filings in ../{folder.relative_to(SHARED.parent)}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.name) for path in found]
