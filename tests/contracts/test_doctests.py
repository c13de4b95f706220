"""Every public function of the contracts and of the domain has an example, and the examples are true."""

import doctest
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("contracts", "services/section16")
    for path in (ROOT / folder).glob("*.py")
    if path.stem != "__init__"
)


def public_functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions that the module defines for others."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield function


@pytest.mark.parametrize("name", MODULES)
def test_each_public_function_has_an_example(name: str) -> None:
    """An example shows at once what a sentence can only describe."""
    module = importlib.import_module(name)
    assert [each.__name__ for each in public_functions(module) if ">>> " not in (each.__doc__ or "")] == []


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    """An example that is out of date misleads more than none."""
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
