"""Structs follow their models: the same fields, defaults, constraints and JSON."""

import copy
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import pytest
from msgspec.structs import fields
from pydantic import Field, ValidationError, create_model

from contracts import structs
from contracts.base import Contract
from contracts.codec import decode, encode
from contracts.errors import InvalidEvent
from contracts.structs import STRUCTS, Filing, HoldingChanged, Issuer, PositionsUpdated, TransactionsReported
from contracts.transactions_reported import Issuer as IssuerModel
from services.holdings.alerts import build_alert
from services.holdings.ledger import apply
from tests.event_json import assert_follows_contract
from tests.holdings_cases.filing_builders import buy, filing, option, sell, trade

EXAMPLES: Final = Path(structs.__file__).with_name("examples")
BY_FOLDER: Final[dict[str, type[msgspec.Struct]]] = {
    "transactions_reported": TransactionsReported,
    "positions_updated": PositionsUpdated,
    "holding_changed": HoldingChanged,
}
PATHS: Final = [path for path in sorted(EXAMPLES.glob("*/*.json")) if path.parent.name in BY_FOLDER]
HOSTILE: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1, 2**53, 2**64, 2**70, 1.0, 1.5, "", " ", "1", "-1", "+.5", "5.", "5\n", "5,000", "1e3", "٣",
    "true", "4", "4\n", "D", "USD", "USD\n", "usd", "0001318605", "0001318605\n", "1318605", "0000000001-24-000001\n",
    "2024-03-04", "2024-03-04\n", "2024-3-4", "2024-02-30", "20240304", "2024-03-04T00:00:00", "2024-03-04T00:00:00Z",
    "2024-03-04T25:00:00Z", "2024-03-04T16:30:00-04:00", "2024-03-04 16:30:00.123456Z", "2024-03-04t16:30:00z",
    "2024-03-04T23:59:60Z", "2024-03-04T16:30Z", 1709510400, "\ud800", "\x00", [], {}, [None], [""], ["F1"], [[""]],
    {"F1": None}, {"F1": ["F1"]}, {"F1": "x"}, {"key": "x", "name": "y"},
)  # fmt: skip


def model_of(struct: type[msgspec.Struct]) -> type[Contract]:
    """Return the model of a struct."""
    return next(model for model, its in STRUCTS.items() if its is struct)


def mutants(value: Any) -> Iterator[Any]:
    """Yield the value with each of its parts removed, or replaced by something hostile."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            changed = copy.copy(value)
            del changed[key]
            yield changed
            for each in (*HOSTILE, *mutants(value[key])):
                changed = copy.copy(value)
                changed[key] = each
                yield changed


def outcome(data: str, event_type: Any) -> bytes | str:
    """Return the event's JSON, or the message of its refusal."""
    try:
        return encode(decode(data, event_type))
    except InvalidEvent as error:
        return error.message


@pytest.mark.parametrize("model", STRUCTS)
def test_struct_has_the_fields_and_defaults_of_its_model(model: type[Contract]) -> None:
    """The order of the fields is that of the JSON."""
    found = fields(STRUCTS[model])
    assert [each.name for each in found] == list(model.model_fields)
    for each in found:
        default = each.default if each.default_factory is msgspec.NODEFAULT else each.default_factory()
        its = model.model_fields[each.name]
        assert default == (msgspec.NODEFAULT if its.is_required() else its.default)


def test_struct_extends_the_struct_of_the_model_that_its_own_extends() -> None:
    """An owner is a co-owner, and a transaction a line, for both."""
    for model, struct in STRUCTS.items():
        assert {STRUCTS[each] for each in model.__mro__ if each in STRUCTS} == set(struct.__mro__) & set(
            STRUCTS.values()
        )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_struct_accepts_nothing_that_its_model_refuses(path: Path) -> None:
    """The decoder alone, with every part of the examples spoiled: what it accepts, the model reads the same."""
    struct = BY_FOLDER[path.parent.name]
    model, decoder = model_of(struct), msgspec.json.Decoder(struct)
    accepted = 0
    for mutant in mutants(json.loads(path.read_text("utf-8"))):
        text = json.dumps(mutant)
        try:
            event = decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError):
            continue
        accepted += 1
        assert encode(event) == encode(model.model_validate_json(text)), text
    assert accepted


@pytest.mark.parametrize("path", PATHS[::2], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_decoding_a_struct_refuses_nothing_that_its_model_accepts(path: Path) -> None:
    """Models convert some values, such as a number in quotes; a refusal has the model's words."""
    struct = BY_FOLDER[path.parent.name]
    for mutant in mutants(json.loads(path.read_text("utf-8"))):
        text = json.dumps(mutant)
        assert outcome(text, struct) == outcome(text, model_of(struct)), text


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"new":' + b"[" * 100_000, b"\xff\xfe", b'{"filing":"\xff"}'])
def test_hostile_bytes_make_an_invalid_event(data: bytes) -> None:
    """Nested too deeply, or not UTF-8."""
    with pytest.raises(InvalidEvent):
        decode(data, TransactionsReported)


def test_every_character_is_encoded_as_by_the_model() -> None:
    """Two escapes of one character would be two texts of one event."""
    text = "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)
    assert encode(Issuer(key="x", name=text)) == encode(IssuerModel(key="x", name=text))
    assert decode(encode(IssuerModel(key="x", name=text)), Issuer).name == text


@pytest.mark.parametrize("time", ["2024-07-19T16:30:00-04:00", "2024-07-19T20:30:00Z", "2024-07-20T02:00:00+05:30"])
def test_time_is_converted_to_utc(time: str) -> None:
    """Decoded or constructed: events have no other zone."""
    body = {"filing_id": "x", "form_type": "4", "source_format": "xml", "accepted_at": time}
    expected = datetime(2024, 7, 19, 20, 30, tzinfo=UTC)
    decoded = decode(json.dumps(body), Filing)
    made = Filing(filing_id="x", form_type="4", source_format="xml", accepted_at=datetime.fromisoformat(time))
    for each in (decoded, made):
        assert each.accepted_at == expected
        assert each.accepted_at is not None
        assert each.accepted_at.tzinfo is UTC


@pytest.mark.parametrize("struct", BY_FOLDER.values(), ids=list(BY_FOLDER))
def test_pydantic_model_can_have_a_struct_as_its_field(struct: type[msgspec.Struct]) -> None:
    """The gateway's answers contain events, and its document describes them by their models."""
    example = next(path for path in PATHS if BY_FOLDER[path.parent.name] is struct)
    event = decode(example.read_bytes(), struct)
    answer = create_model("Answer", event=(struct, ...), others=(tuple[struct, ...], ()))  # type: ignore[valid-type]
    made = answer(event=event, others=(event,))
    text = made.model_dump_json().encode()
    assert text == b'{"event":%b,"others":[%b]}' % (encode(event), encode(event))
    assert answer.model_validate_json(text) == made
    schema = answer.model_json_schema()
    assert schema["properties"]["event"]["$ref"] == f"#/$defs/{struct.__name__}"
    model = model_of(struct).model_json_schema()
    assert schema["$defs"][struct.__name__] == {key: value for key, value in model.items() if key != "$defs"}
    with pytest.raises(ValidationError):
        answer(event={"alert_id": "x"})


def test_structs_are_immutable() -> None:
    """An event is a fact: no code may change it on its way."""
    issuer = Issuer(key="x", name="y")
    with pytest.raises(AttributeError):
        issuer.name = "z"  # type: ignore[misc] # fails at run time too


@pytest.mark.parametrize(
    "annotation", [float, Annotated[str, Field(max_length=5)], Annotated[int, Field(le=5)], set[str], Annotated[str, 7]]
)
def test_constraint_without_a_counterpart_is_refused(annotation: Any) -> None:
    """A constraint that structs cannot check must not get lost when a model gains it."""
    model = type("Lost", (Contract,), {"__annotations__": {"field": annotation}, "__module__": __name__})
    with pytest.raises(TypeError, match="a struct cannot"):
        structs._struct_of(model)  # type: ignore[attr-defined] # the stub declares the structs alone


def test_structs_that_holdings_builds_follow_the_contract() -> None:
    """Constructors check nothing, so the models read what was built."""
    book = None
    built: list[msgspec.Struct] = []
    for report in (
        filing(1, "2023-05-01", buy(500, 9000), option(trade("A", "A", 100, 100))),
        filing(2, "2023-06-01", sell(500, 8500)),
    ):
        applied = apply(book, report)
        book = applied.book
        built += [report, applied.event, *[build_alert(draft, report) for draft in applied.drafts]]
    assert {type(each) for each in built} == {TransactionsReported, PositionsUpdated, HoldingChanged}
    for each in built:
        assert_follows_contract(each)
    alert = built[-1]
    assert isinstance(alert, HoldingChanged)
    assert isinstance(alert.trades[0].first_date, date)


def test_strict_models_refuse_what_holdings_must_not_build() -> None:
    """The check above would see a wrong type or an empty text."""
    with pytest.raises(ValidationError):
        IssuerModel.model_validate_json(encode(Issuer(key="", name="y")), strict=True)
