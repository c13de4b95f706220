"""Real filings retyped in layouts that the corpus lacks: no value contradicts the XML."""

from typing import Final

import pytest

from tests.filings.corpus import CORPUS, files_of
from tests.filings.retyped import measured

_EVERY: Final = 12
"""One filing in so many is retyped here; `python -m tests.filings.retyped` takes them all."""

FILINGS: Final = files_of(CORPUS / "xml", "*.xml")[::_EVERY]


@pytest.mark.skipif(not FILINGS, reason="there are no real filings in ../shared/corpus/xml")
def test_retyped_filings_have_no_wrong_value() -> None:
    """A lost value is null with a diagnostic, and a wrong one would be believed."""
    wrong = [(layout, name, found.wrong) for layout, name, found in measured(FILINGS) if found.wrong or found.raised]
    assert wrong == []
