"""The codes of errors and diagnostics: each is written once, in `contracts/codes.py`, explained there, and used."""

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from contracts.codes import CLASS_MEANINGS, Code, CodeClass, DiagnosticCode, ErrorCode, all_codes
from contracts.errors import InsidertapeError
from deploy.generators.code_page import PAGE, codes_page
from services.watcher.edgar import responses

ROOT: Final = Path(__file__).parents[2]
CODES: Final = ROOT / "contracts/codes.py"
SOURCES: Final = sorted(
    path for path in [*ROOT.glob("contracts/**/*.py"), *ROOT.glob("services/**/*.py")] if path != CODES
)
LOG_METHODS: Final = frozenset({"debug", "info", "warning", "error", "critical"})


def classes_with_a_code(base: type = InsidertapeError) -> set[str]:
    """Return the names of the classes that take a code first: every class of the error tree."""
    return {base.__name__}.union(*map(classes_with_a_code, base.__subclasses__()))


TAKE_A_CODE: Final = classes_with_a_code() | {"Diagnostic"}
assert responses.NotThere.__name__ in TAKE_A_CODE


def literals_given_as_codes(tree: ast.AST) -> list[ast.expr]:
    """Return the string literals with which errors are raised and diagnostics made, whatever they spell."""
    calls = [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in TAKE_A_CODE
    ]
    given = [call.args[0] for call in calls if call.args]
    given += [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "code"]
    return [each for each in given if isinstance(each, ast.Constant | ast.JoinedStr)]


def literal_codes(tree: ast.AST) -> list[ast.Constant]:
    """Return the string literals that spell a code; names of log events may do so."""
    events = {
        id(call.args[0])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS
        if call.args
    }
    codes = {*ErrorCode, *DiagnosticCode}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in codes and id(node) not in events
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_is_named_and_not_spelled(path: Path) -> None:
    """A literal can be misspelled, and nobody notices until a dead letter has it."""
    tree = ast.parse(path.read_text())
    found = [*literal_codes(tree), *literals_given_as_codes(tree)]
    assert [f"line {node.lineno}: {ast.unparse(node)}" for node in found] == []


def test_no_code_is_defined_twice() -> None:
    """One code means one thing. An enum would silently make the second an alias of the first."""
    members = [*ErrorCode.__members__.items(), *DiagnosticCode.__members__.items()]
    assert [code for code, count in Counter(member.value for _, member in members).items() if count > 1] == []
    assert [name for name, member in members if name != member.value.upper()] == []


@pytest.mark.parametrize("code", all_codes(), ids=str)
def test_code_is_explained_in_full_sentences(code: Code) -> None:
    """Somebody reads them at night, with a service down."""
    for text in (code.meaning, code.remedy):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
        assert "|" not in text


def test_every_class_of_codes_is_explained_and_used() -> None:
    """The class of a code says what to do about one that a reader does not know."""
    assert set(CLASS_MEANINGS) == set(CodeClass) == {code.kind for code in all_codes()}


def test_diagnostics_have_a_separate_class() -> None:
    """A diagnostic stops nothing, whatever it reports."""
    assert {code.kind for code in DiagnosticCode} == {CodeClass.DIAGNOSTIC}
    assert CodeClass.DIAGNOSTIC not in {code.kind for code in ErrorCode}


def test_committed_page_is_what_the_table_gives() -> None:
    """`make schemas` writes it."""
    assert PAGE.read_text("utf-8") == codes_page()


@pytest.mark.parametrize("event", ["transactions_reported", "holding_changed"])
def test_schema_lists_the_codes_of_diagnostics(event: str) -> None:
    """A reader in another language has the schema alone."""
    schema = json.loads((ROOT / f"contracts/schemas/{event}.v1.schema.json").read_text("utf-8"))
    description = schema["$defs"]["Diagnostic"]["properties"]["code"]["description"]
    assert [code for code in DiagnosticCode if code not in description] == []


def test_every_code_is_used() -> None:
    """A code that nothing raises is not worth explaining."""
    used = {
        (node.value.id, node.attr)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    unused = [code for kind in (ErrorCode, DiagnosticCode) for code in kind if (kind.__name__, code.name) not in used]
    assert unused == []
