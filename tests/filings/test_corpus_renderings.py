"""Every rendering of the corpus beside the document it was made from: how much is right, and each miss by name."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest

from tests.filings.agreement import Agreement, compare, measure, summed
from tests.filings.known_misses import NEW, known, misses_of
from tests.filings.renderings import Rendering, renderings
from tests.filings.unshown import CASES

LEAST_SHARES: Final = {
    "html": 0.995,
    "html_rendered": 0.995,
    "text/markdownify": 0.99,
    "text/html2text": 0.99,
    "text/w3m": 0.99,
    "text/seedlike": 0.99,
}
"""Of the values that a rendering can show, the part that must be right."""

OF_GENERATED_FILINGS: Final = {
    "the form before mid-2003 has no box of a plan",
    "the viewer's page prints the relationship of the first owner alone",
    "Table II has no cell for A or D: its footnote stands at the amount",
}
"""Reasons that come up in `tests/properties/test_renderings.py`, and in no file of the corpus."""

pytestmark = pytest.mark.skipif(not renderings(), reason="there are no renderings in ../shared/corpus")


@cache
def measured(folder: str) -> tuple[tuple[Rendering, Agreement], ...]:
    """Return each rendering of a folder with its agreement."""
    return tuple((one, measure(one)) for one in renderings() if one.folder == folder)


def every() -> Iterator[tuple[Rendering, Agreement]]:
    """Return each rendering of the corpus with its agreement."""
    for folder in LEAST_SHARES:
        yield from measured(folder)


@pytest.mark.parametrize("folder", LEAST_SHARES)
def test_accuracy_of_a_folder_reaches_its_promise(folder: str) -> None:
    """And none of its documents is refused."""
    found = measured(folder)
    assert [one.name for one, agreement in found if agreement.raised] == []
    assert summed([agreement for _, agreement in found]).share >= LEAST_SHARES[folder]


def test_every_miss_is_listed_with_its_reason_and_no_entry_is_stale() -> None:
    """`known_misses.tsv` lists exactly the values that are missed today."""
    assert sorted(miss for one, found in every() for miss in misses_of(one, found)) == sorted(known())
    assert [miss for miss, reason in known().items() if reason in (NEW, "")] == []


def test_every_folder_has_its_least_share() -> None:
    """No rendering of the corpus goes unmeasured."""
    assert {one.folder for one in renderings()} == set(LEAST_SHARES)


def test_no_case_of_the_unshown_is_idle() -> None:
    """Each covers a value of some file: else it could only hide a defect."""
    told = [text for _, found in every() for text in found.untraced]
    idle = {case.reason for case in CASES if not any(text.endswith(f"({case.reason})") for text in told)}
    assert idle == OF_GENERATED_FILINGS


def test_the_comparison_sees_a_wrong_number_and_a_missing_one() -> None:
    """It can fail."""
    line = {"line": 0, "table": "derivative", "shares": "5000", "price_per_share": "7.00", "footnotes": {}}
    filing = {"filing": {"form_type": "4", "signatures": []}, "issuer": {}, "footnotes": {}, "holdings": []}
    owner: dict[str, Any] = {"owner": {"name": "A"}, "diagnostics": []}
    xml = [{**filing, **owner, "transactions": [line]}]
    text = [{**filing, **owner, "transactions": [line | {"shares": "50000", "price_per_share": None}]}]
    found = compare(xml, text)
    assert found.wrong == ["transactions[0].shares: '5000' is filed, '50000' shown"]
    assert found.lost == ["transactions[0].price_per_share: '7.00'"]
    assert compare(xml, xml).share == 1
