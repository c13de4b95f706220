"""The codes of errors and diagnostics: each is written once, in `contracts/codes.py`, and each is used."""

import ast
from pathlib import Path
from typing import Final

import pytest

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.errors import InsidertapeError
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
    """Return the string literals that spell a code; events of the log have a grammar of their own and may."""
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


def test_no_code_is_both_an_error_and_a_diagnostic() -> None:
    """One code means one thing."""
    assert {*map(str, ErrorCode)}.isdisjoint(map(str, DiagnosticCode))


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
