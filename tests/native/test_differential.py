"""Some seconds of differential fuzzing, and a check that it can find something.

`make fuzz READER=native` runs it for minutes.
"""

from itertools import islice

import pytest

from services.parser import filing_json
from services.parser.filing_json import active_reader
from tests.native.differential import OWN_FOLDERS
from tests.native.fuzzing import search

pytestmark = pytest.mark.skipif(active_reader() == "python", reason="the native reader is not installed")
MUTANTS = 5_000


def test_mutants_have_the_bytes_of_python_or_no_answer() -> None:
    """The same mutants in every run: a failure is one of the code."""
    for tally in islice(search(20_260_101, *OWN_FOLDERS), MUTANTS):
        assert tally.difference is None, tally.difference
    assert tally.answered > MUTANTS / 20


def test_another_byte_in_an_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search compares whole events."""
    read = filing_json._read
    assert read is not None

    def read_wrongly(*arguments: object) -> filing_json.Answer | str:
        answer = read(*arguments)
        if isinstance(answer, str):
            return answer
        return (*answer[:5], [event.replace(b'"D"', b'"I"', 1) for event in answer[5]])

    monkeypatch.setattr(filing_json, "_read", read_wrongly)
    assert any(tally.difference is not None for tally in islice(search(1, *OWN_FOLDERS), 200))
