"""The examples in the docstrings of the parser: they are what a reader copies, so they have to run."""

import doctest
import importlib
import pkgutil

import pytest

import services.parser

MODULES = [module.name for module in pkgutil.walk_packages(services.parser.__path__, "services.parser.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_the_results_that_they_show(name: str) -> None:
    """An example that is out of date misleads more than none."""
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
