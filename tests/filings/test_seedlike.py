"""Texts made from XML by a program, in the dresses of the seeds: every value they show is the XML's."""

import csv
from pathlib import Path
from typing import Any

import pytest

from services.parser import parse_filing
from tests.filings.agreement import compare
from tests.filings.corpus import CORPUS

FOLDER = CORPUS / "text" / "seedlike"
LEAST_SHARE = 0.99


def pairs() -> list[Any]:
    """Each text and the XML it was made from, or one parameter that skips in words."""
    listing = FOLDER / "pairs.tsv"
    if not listing.exists():
        reason = "there are no texts in ../shared/corpus/text/seedlike"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason))]
    with listing.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [pytest.param(FOLDER / row["document"], CORPUS / row["from"], id=row["document"][:5]) for row in rows]


def dumped(path: Path) -> list[dict[str, Any]]:
    """The events of a file, as their JSON has them."""
    return [event.model_dump(mode="json") for event in parse_filing(path.read_bytes())]


@pytest.mark.parametrize(("text", "xml"), pairs())
def test_a_text_says_what_the_xml_says_or_nothing(text: Path, xml: Path) -> None:
    """No value contradicts the XML; what is null is known to leave no trace, or has a diagnostic."""
    events = dumped(text)
    found = compare(dumped(xml), events)
    assert found.wrong == []
    diagnosed = {str(problem["field"]) for event in events for problem in event["diagnostics"]}
    unexplained = [lost for lost in found.lost if not any(lost.startswith(f".{field}") for field in diagnosed)]
    assert unexplained == []
    assert found.share >= LEAST_SHARE


def test_the_comparison_sees_a_wrong_number_and_a_missing_one() -> None:
    """It can fail."""
    xml = [{"transactions": [{"shares": "5000", "price_per_share": "7.00"}], "diagnostics": []}]
    text = [{"transactions": [{"shares": "50000", "price_per_share": None}], "diagnostics": []}]
    found = compare(xml, text)
    assert found.wrong == [".transactions[0].shares: '5000', '50000' in the text"]
    assert found.lost == [".transactions[0].price_per_share: '7.00'"]
    assert found.share == 0
    assert compare(xml, xml).share == 1
