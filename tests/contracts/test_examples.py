"""Every example that was ever committed can be read today, by our codec and by a foreign validator."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from contracts.codec import EVENTS, Event, decode, encode
from contracts.errors import InvalidEvent
from contracts.holding_changed import HoldingChanged
from deploy.generators import generate
from deploy.generators.asyncapi import event_name, schema_file

CONTRACTS = generate.CONTRACTS
BY_NAME = {event_name(event): event for event in EVENTS}
EXAMPLES = sorted((CONTRACTS / "examples").glob("*/*.json"))
FEWEST = 2


def event_of(path: Path) -> type[Event]:
    """Return the event that an example's directory names."""
    return BY_NAME[path.parent.name]


def validator_of(event: type) -> Draft202012Validator:
    """Return a validator of the committed schema, which checks formats too."""
    schema = json.loads((CONTRACTS / "schemas" / schema_file(event)).read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def lost(example: Any, again: Any, path: str = "") -> list[str]:
    """Return the paths at which `again` lacks or changes a value of `example`; additions are fine."""
    if isinstance(example, dict) and isinstance(again, dict):
        return [
            where
            for name, value in example.items()
            for where in (lost(value, again[name], f"{path}.{name}") if name in again else [f"{path}.{name}"])
        ]
    if isinstance(example, list) and isinstance(again, list) and len(example) == len(again):
        pairs = enumerate(zip(example, again, strict=True))
        return [where for index, (one, other) in pairs for where in lost(one, other, f"{path}[{index}]")]
    return [] if example == again else [path]


@pytest.mark.parametrize("name", BY_NAME)
def test_each_event_has_examples(name: str) -> None:
    """One example cannot show what may be null."""
    assert len(list((CONTRACTS / "examples" / name).glob("*.json"))) >= FEWEST


def test_each_example_is_of_an_event() -> None:
    """A directory without an event would be checked by nothing."""
    assert {path.parent.name for path in EXAMPLES} == set(BY_NAME)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_example_keeps_each_field_through_the_codec(path: Path) -> None:
    """An event of an old version must lose nothing in a new reader."""
    text = path.read_text("utf-8")
    again = json.loads(encode(decode(text, event_of(path))))
    assert lost(json.loads(text), again) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_example_follows_the_committed_schema(path: Path) -> None:
    """Readers in other languages check by the schema; our own output follows it too."""
    validator = validator_of(event_of(path))
    text = path.read_text("utf-8")
    validator.validate(json.loads(text))
    validator.validate(json.loads(encode(decode(text, event_of(path)))))


ALERTS = {
    path.stem: decode(path.read_text("utf-8"), HoldingChanged) for path in EXAMPLES if event_of(path) is HoldingChanged
}


def number(text: str | None) -> Decimal | None:
    """Return a decimal text as a number."""
    return None if text is None else Decimal(text)


@pytest.mark.parametrize("name", ALERTS)
def test_alert_example_adds_up(name: str) -> None:
    """Readers learn the arithmetic from the examples: each amount follows from the others."""
    alert = ALERTS[name]
    before, after, ledger_before = map(number, (alert.before, alert.after, alert.ledger_before))
    signs = {"A": 1, "D": -1}
    reported = sum(
        signs[trades.acquired_disposed] * Decimal(trades.shares)
        for trades in alert.trades
        if trades.acquired_disposed and trades.shares
    )
    assert number(alert.reported_change) == reported
    assert before is not None
    assert after is not None
    assert number(alert.change) == after - before
    unexplained = None if ledger_before is None else after - ledger_before - reported
    assert number(alert.unexplained_change) == unexplained
    for trades in alert.trades:
        assert trades.count == len(trades.lines)
        assert set(trades.lines) <= set(alert.lines)
        assert trades.value is not None
        assert trades.average_price is not None
        priced = Decimal(trades.shares or 0) - Decimal(trades.unpriced_shares)
        assert Decimal(trades.value) == priced * Decimal(trades.average_price)


def test_alert_examples_cover_the_kinds_of_alerts() -> None:
    """A holding without trades, trades that cancel, a late report, and a joint filing's other owner."""
    cancelling = next(alert for alert in ALERTS.values() if alert.kind == "unchanged")
    assert [(trades.code, trades.acquired_disposed) for trades in cancelling.trades] == [("M", "A"), ("S", "D")]
    late = next(alert for alert in ALERTS.values() if not alert.is_current)
    assert late.explanation == "late_report"
    assert [evidence.kind for evidence in late.explained_by] == ["filing"]
    assert late.current != late.after
    assert any(alert.kind == "restated" and not alert.trades for alert in ALERTS.values())
    assert any(alert.owner_index > 0 for alert in ALERTS.values())


def test_lost_field_fails_the_check() -> None:
    """Also a changed value and a shortened list."""
    example = {"a": 1, "b": [{"c": "x"}], "d": [1, 2]}
    assert lost(example, {"b": [{"c": "y"}], "d": [1], "e": 0}) == [".a", ".b[0].c", ".d"]
    assert lost(example, {**example, "more": None}) == []


@pytest.mark.parametrize(
    ("event", "field", "wrong"),
    [
        ("filing_published", "content_sha256", "0F"),
        ("filing_published", "filed_on", "2022-13-01"),
        ("transactions_reported", "owner_index", -1),
        ("positions_updated", "version", 0),
        ("holding_changed", "kind", "sold"),
        ("holding_changed", "before", "5,000"),
        ("holding_changed", "before", 5000),
    ],
)
def test_foreign_validator_rejects_what_the_codec_rejects(event: str, field: str, wrong: object) -> None:
    """Otherwise producers in other languages would write dead letters."""
    path = min((CONTRACTS / "examples" / event).glob("*.json"))
    spoiled = {**json.loads(path.read_text("utf-8")), field: wrong}
    with pytest.raises(InvalidEvent, match=field):
        decode(json.dumps(spoiled), BY_NAME[event])
    with pytest.raises(ValidationError):
        validator_of(BY_NAME[event]).validate(spoiled)
