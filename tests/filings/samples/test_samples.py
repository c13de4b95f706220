"""Each sample filing gives its golden events, every fact of its XML is among them, and amounts continue as claimed."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from tests.filings.samples.goldens import (
    FRAGMENT,
    HERE,
    SAMPLES,
    Events,
    golden_events,
    golden_of,
    parsed_events,
    readable_samples,
)

XML = re.compile(r"<ownershipDocument>.*</ownershipDocument>", re.DOTALL)
OF_XML = [sample for sample in readable_samples() if XML.search(sample.read_text("utf-8"))]
BOXES = {"0", "1", "true", "false"}
TRANSACTION_ROWS = "//*[transactionDate]"
HOLDING_ROWS = "//nonDerivativeHolding | //derivativeHolding | //nonDerivativeSecurity[not(transactionDate)]"


def name_of(sample: Path) -> str:
    """Return the name of a test's parameter."""
    return sample.stem


def document_of(sample: Path) -> etree._Element:
    """Return the ownership document in a sample, wrapped in a submission or plain."""
    found = XML.search(sample.read_text("utf-8"))
    assert found is not None
    return etree.fromstring(found.group())


def leaves(node: Any) -> Iterator[str]:
    """Return every text in an event."""
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value)
    elif isinstance(node, str):
        yield node


def facts_missing(document: etree._Element, events: Events) -> list[str]:
    """Return the texts of a document that none of its events has. Boxes are in the goldens instead."""
    held = set(leaves(events))
    missing = []
    for element in document.iter():
        text = (element.text or "").strip()
        as_number = text.replace(",", "").replace("$", "")
        as_date = text[:10]
        if text and text not in BOXES and not {text, as_number, as_date} & held:
            missing.append(f"{element.tag}: {text}")
    return missing


@pytest.mark.parametrize("sample", readable_samples(), ids=name_of)
def test_sample_gives_its_golden_events(sample: Path) -> None:
    """Field for field. If the parser is right and the golden file wrong, see `goldens.py` for how to renew it."""
    assert parsed_events(sample) == golden_events(sample)


@pytest.mark.parametrize("sample", readable_samples(), ids=name_of)
def test_a_sample_is_read_without_a_doubt(sample: Path) -> None:
    """The samples are clean: nothing in them needs a diagnostic."""
    assert [event["diagnostics"] for event in golden_events(sample)] == [[]] * len(golden_events(sample))


def test_fragment_without_an_issuer_is_refused() -> None:
    """It belongs in the dead letters, and the error gives the reason."""
    with pytest.raises(InvalidFiling) as caught:
        parse_filing((SAMPLES / f"{FRAGMENT}.txt").read_bytes())
    assert caught.value.code == "no_issuer"


def test_every_golden_has_its_sample() -> None:
    """No golden is left behind by a sample that was renamed."""
    assert set(HERE.glob("*.json")) == {golden_of(sample) for sample in readable_samples()}


@pytest.mark.parametrize("sample", OF_XML, ids=name_of)
def test_no_fact_of_the_xml_is_lost(sample: Path) -> None:
    """Every text of the document is a value of an event, and every row a line."""
    document, events = document_of(sample), golden_events(sample)
    assert facts_missing(document, events) == []
    for event in events:
        assert document.xpath(f"count({TRANSACTION_ROWS})") == len(event["transactions"])
        assert document.xpath(f"count({HOLDING_ROWS})") == len(event["holdings"])


def test_a_lost_fact_would_be_noticed() -> None:
    """The check above can fail: without its footnotes, an event lacks their texts."""
    sample = next(sample for sample in OF_XML if "gift-to-family-trust" in sample.stem)
    events = [{**event, "footnotes": {}} for event in golden_events(sample)]
    assert [fact.split(":")[0] for fact in facts_missing(document_of(sample), events)] == ["footnote", "footnote"]


@pytest.mark.parametrize("sample", readable_samples(), ids=name_of)
def test_joint_owners_report_the_same_lines(sample: Path) -> None:
    """One event an owner, numbered in order, each naming the others."""
    events = golden_events(sample)
    assert [event["owner_index"] for event in events] == list(range(len(events)))
    keys = [event["owner"]["key"] for event in events]
    for event in events:
        assert event["owner_count"] == len(events)
        assert [owner["key"] for owner in event["co_owners"]] == [key for key in keys if key != event["owner"]["key"]]
        assert (event["transactions"], event["holdings"]) == (events[0]["transactions"], events[0]["holdings"])


def amount_of(line: dict[str, Any]) -> Decimal:
    """Return the amount after a line: shares, else value, else (for an option on Form 3) the underlying shares."""
    text = line["shares_owned_following"] or line["value_owned_following"] or line["underlying_shares"]
    return Decimal(text)


def signed_change(line: dict[str, Any]) -> Decimal:
    """Return the change of a line; zero if it is a holding."""
    text = line.get("shares") or line.get("total_value") or "0"
    return Decimal(text) * (-1 if line.get("acquired_disposed") == "D" else 1)


def breaks() -> list[tuple[str, str, Decimal]]:
    """Return each amount that does not follow from the one before: sample, nature, and difference."""
    known: dict[tuple[object, ...], Decimal] = {}
    found = []
    for sample in readable_samples():
        event = golden_events(sample)[0]
        for line in sorted(event["transactions"] + event["holdings"], key=lambda line: int(line["line"])):
            title = line["security_title"].split(",")[0]
            holder = (event["issuer"]["key"], event["owner"]["key"])
            chain = (*holder, line["table"], title, line["ownership"], line["nature_of_ownership"])
            expected = known.get(chain, amount_of(line) - signed_change(line)) + signed_change(line)
            if amount_of(line) != expected:
                found.append((sample.stem, line["nature_of_ownership"] or "direct", amount_of(line) - expected))
            known[chain] = amount_of(line)
    return found


def test_amounts_continue_from_filing_to_filing_except_for_the_planted_break() -> None:
    """A plain sum over the samples in the order of their names, without the reasoning of holdings."""
    unexplained = "2025-03-07-tidemark-lindqvist-form4-unexplained-change-and-restated-holding"
    assert breaks() == [(unexplained, "direct", Decimal(40)), (unexplained, "By Trust", Decimal(250))]


def test_the_list_of_samples_names_every_one() -> None:
    """One row a file, and no row without one."""
    rows = re.findall(
        r"^\| `([^`]+\.(?:xml|txt))` \|", SAMPLES.with_name("SAMPLES.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(rows) == sorted(path.name for path in SAMPLES.iterdir())
