"""The committed schemas and AsyncAPI document follow the models and topics; a breaking change is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ConfigDict

from contracts.codec import EVENTS
from contracts.filing_published import FilingPublished
from deploy.generators import generate
from deploy.generators.asyncapi import event_name, schema_file

CONTRACTS = generate.CONTRACTS
GENERATED = ["asyncapi.yaml", "structs.pyi", *(f"schemas/{schema_file(event)}" for event in EVENTS)]


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """Generate everything into a directory."""
    generate.write(tmp_path)
    return tmp_path


def edit(directory: Path, event: type, change: Any) -> Path:
    """Change the committed schema of an event, and return its file."""
    path = directory / "schemas" / schema_file(event)
    schema = json.loads(path.read_text("utf-8"))
    change(schema)
    path.write_text(json.dumps(schema), "utf-8")
    return path


@pytest.mark.parametrize("name", GENERATED)
def test_committed_files_equal_the_generated_ones(name: str, generated: Path) -> None:
    """A model or topic changed without `make schemas` fails here."""
    assert (CONTRACTS / name).read_text("utf-8") == (generated / name).read_text("utf-8")


def test_each_committed_schema_has_an_event() -> None:
    """Every schema file belongs to an event."""
    committed = {f"schemas/{path.name}" for path in (CONTRACTS / "schemas").iterdir()}
    assert committed == {name for name in GENERATED if name.startswith("schemas/")}


@pytest.mark.parametrize("event", EVENTS)
def test_each_schema_is_a_valid_json_schema(event: type) -> None:
    """A foreign validator of draft 2020-12 accepts it, and it names itself and its dialect first."""
    schema = json.loads((CONTRACTS / "schemas" / schema_file(event)).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert list(schema)[:3] == ["$schema", "$id", "title"]
    assert schema["title"] == event.__name__


def test_event_names_are_in_snake_case() -> None:
    """File names and CloudEvents types share them."""
    assert [event_name(event) for event in EVENTS] == [
        "filing_published",
        "transactions_reported",
        "positions_updated",
        "holding_changed",
    ]


def test_generating_twice_writes_the_same_bytes(generated: Path) -> None:
    """Key order and spacing are stable, and each file ends with one newline."""
    before = {name: (generated / name).read_bytes() for name in GENERATED}
    assert generate.main(generated) == 0
    assert {name: (generated / name).read_bytes() for name in GENERATED} == before
    assert all(text.endswith(b"\n") and not text.endswith(b"\n\n") for text in before.values())


def test_model_that_lost_a_field_is_refused(generated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The schema that stands has a field that the model has not: exit code 1, the field named, the file untouched."""
    event = EVENTS[1]
    path = edit(generated, event, lambda schema: schema["properties"].update(route={"type": "string"}))
    before = path.read_bytes()
    (generated / "asyncapi.yaml").unlink()
    assert generate.main(generated) == 1
    assert "transactions_reported.v1.schema.json: breaking: route: the field is removed" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not (generated / "asyncapi.yaml").exists()


def test_model_that_made_a_field_required_is_refused(generated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Old events may lack what the new schema requires."""
    edit(generated, EVENTS[0], lambda schema: schema["required"].remove("content"))
    assert generate.main(generated) == 1
    assert "content: the field becomes required" in capsys.readouterr().err


def test_removed_event_is_refused(generated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its topic still has readers."""
    (generated / "schemas" / "order_placed.v1.schema.json").write_text("{}", "utf-8")
    assert generate.main(generated) == 1
    assert "order_placed.v1.schema.json: breaking: the event: the event is removed" in capsys.readouterr().err


def test_model_that_gained_an_optional_field_is_written(generated: Path) -> None:
    """The schema that stands lacks a field that the model has: benign."""
    path = edit(generated, EVENTS[3], lambda schema: schema["properties"].pop("days_late"))
    assert generate.main(generated) == 0
    assert "days_late" in json.loads(path.read_text("utf-8"))["properties"]


@pytest.mark.parametrize("event", EVENTS)
def test_each_field_is_required_or_shows_its_default(event: type) -> None:
    """A default that the schema does not show could change without anyone noticing."""
    schema = json.loads((CONTRACTS / "schemas" / schema_file(event)).read_text("utf-8"))
    for model in (schema, *schema["$defs"].values()):
        shown = {name for name, field in model["properties"].items() if "default" in field}
        assert model["properties"].keys() - shown == set(model.get("required", ()))


@pytest.mark.parametrize("event", EVENTS)
def test_schema_describes_the_event_as_it_is_written(event: type[Any]) -> None:
    """The schema is of what is written: a reader's alias or stricter type would not show in it."""
    assert event.model_json_schema(mode="validation") == event.model_json_schema(mode="serialization")


def test_model_that_forbids_unknown_fields_is_refused(
    generated: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a reader would put every event with a newer field in its dead letters."""
    body = {"__doc__": "A closed event.", "__module__": __name__, "model_config": ConfigDict(extra="forbid")}
    closed = type("FilingPublished", (FilingPublished,), body)
    monkeypatch.setattr(generate, "EVENTS", (closed, *EVENTS[1:]))
    assert generate.main(generated) == 1
    assert "filing_published.v1.schema.json: breaking: {}: its `additionalProperties`" in capsys.readouterr().err


def test_schema_removed_to_get_around_the_check_is_refused(generated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the schema that stands, any change would pass as the first version."""
    path = generated / "schemas" / schema_file(EVENTS[3])
    path.unlink()
    assert generate.main(generated) == 1
    assert "the schema is gone, so its changes cannot be judged" in capsys.readouterr().err
    assert not path.exists()


def stand(name: str) -> Callable[[dict[str, Any]], None]:
    """Give the committed document one more channel."""
    return lambda document: document["channels"].update({name: {"address": name}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (stand("insidertape.orders.v1"), "insidertape.orders.v1: the channel is removed"),
        (
            lambda document: document["channels"]["insidertape.alerts.v1"].update(address="alerts"),
            "insidertape.alerts.v1: the channel moves to another topic",
        ),
        (
            lambda document: document["components"]["schemas"]["event_headers"]["required"].remove("ce_id"),
            "event_headers.ce_id: the field becomes required",
        ),
        (
            lambda document: document["components"]["schemas"]["dead_letter_headers"]["properties"].update(
                {"__connect.errors.cause": {"type": "string"}}
            ),
            "dead_letter_headers.__connect.errors.cause: the field is removed",
        ),
        (
            lambda document: document["components"]["messages"]["holding_changed"]["headers"]["allOf"][1]["properties"][
                "ce_type"
            ].update(const="insidertape.holding_changed.v0"),
            "holding_changed.ce_type: the value 'insidertape.holding_changed.v0' is removed",
        ),
    ],
)
def test_topic_or_header_that_readers_rely_on_is_guarded_too(
    generated: Path, capsys: pytest.CaptureFixture[str], change: Callable[[dict[str, Any]], None], words: str
) -> None:
    """A reader finds its topic by name and reads the headers before the value."""
    path = generated / "asyncapi.yaml"
    document = yaml.safe_load(path.read_text("utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document), "utf-8")
    before = path.read_bytes()
    assert generate.main(generated) == 1
    assert f"asyncapi.yaml: breaking: {words}" in capsys.readouterr().err
    assert path.read_bytes() == before
