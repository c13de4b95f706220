"""Texts made from XML by a program, in the dresses of the seeds: every value they show is the XML's."""

from typing import Any

import pytest

from tests.filings.agreement import compare, dumped, measure
from tests.filings.renderings import Rendering, renderings

LEAST_SHARE = 0.99


def texts() -> list[Any]:
    """Each text, or one parameter that skips in words."""
    found = [one for one in renderings() if one.folder == "text/seedlike"]
    if not found:
        reason = "there are no texts in ../shared/corpus/text/seedlike"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(one, id=one.path.name[:5]) for one in found]


@pytest.mark.parametrize("text", texts())
def test_a_text_says_what_the_xml_says_or_nothing(text: Rendering) -> None:
    """No value contradicts the XML; what is null is known to leave no trace, or has a diagnostic."""
    found = measure(text)
    assert found.raised is None
    assert found.wrong == []
    events = dumped(text.path.read_bytes())
    diagnosed = {str(problem["field"]) for event in events for problem in event["diagnostics"]}
    assert [lost for lost in found.lost if not any(lost.startswith(field) for field in diagnosed)] == []
    assert found.share >= LEAST_SHARE


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
