"""Every error raised on purpose is in one tree, and every code in it is one of the table."""

import ast
from pathlib import Path
from typing import Final

from contracts import errors

ROOT: Final = Path(__file__).parents[2]
SIGNALS: Final = {"Stopped", "UnusableSnapshot"}
"""Exceptions that are not errors: each is caught where the work goes on in another way."""


def exception_classes() -> dict[str, list[str]]:
    """Return the classes that contracts and services derive from an exception, each with its bases."""
    found: dict[str, list[str]] = {}
    for folder in ("contracts", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found[node.name] = [ast.unparse(base) for base in node.bases]
    grown = {"Exception", "BaseException"}
    while new := {name for name, bases in found.items() if grown.intersection(bases)} - grown:
        grown |= new
    return {name: bases for name, bases in found.items() if name in grown}


def test_each_exception_is_in_the_tree() -> None:
    """The exit status and the retries follow from the class; an error outside the tree counts as a defect."""
    outside = [name for name, bases in exception_classes().items() if "Exception" in bases]
    assert set(outside) == {"InsidertapeError"} | SIGNALS


def test_the_picture_of_the_tree_has_each_class() -> None:
    """It is the first that a reader of `contracts/errors.py` sees."""
    picture = errors.__doc__ or ""
    assert [name for name in exception_classes() if name not in picture] == []
