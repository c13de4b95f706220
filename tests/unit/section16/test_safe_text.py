"""Foreign text made safe to print."""

import json

import pytest

from services.section16.safe_text import escaped, printable, spreadsheet_cell

CONTROLS = [*map(chr, range(0x80, 0xA0)), "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F))]
CONTROLS += [*map(chr, range(0x2066, 0x206A)), "\u061c", "\ufeff", "\x1b", "\x07", "\x7f", "\u2028", "\U000e0041"]


@pytest.mark.parametrize("character", CONTROLS, ids=lambda character: f"U+{ord(character):04X}")
def test_controls_are_escaped_wherever_text_is_shown(character: str) -> None:
    """C1 controls act like escape sequences; bidirectional controls reorder a line."""
    code = f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else "\\udb40\\udc41"
    shown = " " if character in {"\u2028", "\x85"} else code
    assert printable(f"a{character}b") == f"a{shown}b"
    assert escaped(f"a{character}b") == f"a{code}b"
    assert spreadsheet_cell(f"a{character}b") == f"a{code}b"


def test_no_control_character_is_left_in_one_line_of_text() -> None:
    """Whatever a later Unicode version adds: unprintable characters are shown as codes or spaces."""
    everything = "".join(map(chr, range(0x11000)))
    assert printable(everything).isprintable()
    assert not set(escaped(everything)) & set(CONTROLS)


def test_text_of_any_script_is_unchanged() -> None:
    """Letters and symbols are not controls."""
    for text in ("Société Générale — 東京 §16 €5", "", "plain"):
        assert printable(text) == escaped(text) == text
    assert printable("a\n\t\xa0b") == "a   b"
    assert escaped("a\n\t\xa0b") == "a\n\t\xa0b"
    assert printable("\udcff") == "\\udcff"


def test_an_escaped_line_of_json_has_the_same_meaning() -> None:
    """The escapes are JSON's own."""
    value = {"text": "a\u202eb\u009bc\U000e0041"}
    line = escaped(json.dumps(value, ensure_ascii=False))
    assert line.isprintable()
    assert json.loads(line) == value


@pytest.mark.parametrize(
    "text", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\tx", "\rx", "\nx", "=", "-", "--", "-5 shares", "\uff1d1", "-1e5"]
)
def test_text_that_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    """An owner named `=HYPERLINK(…)` must not become a formula."""
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["-1000", "+5", "-0.5", "-.5", "25.5", "-25.", "a=b", "2024-03-05", "", 5, None, True]
)
def test_numbers_and_other_values_are_unchanged(value: object) -> None:
    """A change of -1000 is a number for the reader of the file."""
    assert spreadsheet_cell(value) == value
