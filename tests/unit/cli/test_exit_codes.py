"""Every error that is raised on purpose has one exit status, and every status is in the table."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import contracts
import services
from contracts.errors import InsidertapeError, Misconfigured
from services.cli.application.exit_codes import DEFECT, EXIT_CODES, STATUSES, exit_status
from services.watcher.edgar.responses import EdgarUnavailable

_ABSTRACT = {"InsidertapeError", "FatalError"}
"""Classes of the tree that only group others: nothing raises them."""
_ANSWERS = {"Problem"}
"""Classes that become an HTTP answer, and never end a process."""


def tree() -> Iterator[type[InsidertapeError]]:
    """Yield every class of the error tree, wherever in the project it is."""
    for package in (contracts, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting = [InsidertapeError]
    while waiting:
        error = waiting.pop()
        yield error
        waiting += error.__subclasses__()


def test_every_class_of_the_tree_has_one_status() -> None:
    """A supervisor acts on the status; an error of ours must not look like a defect."""
    classes = [error for error in tree() if error.__name__ not in _ABSTRACT | _ANSWERS and error.__module__ != __name__]
    assert len(classes) > len(STATUSES)
    assert [error.__name__ for error in classes if exit_status(error("code", "message")) == DEFECT] == []
    defined = {error for error in classes if error.__module__ == "contracts.errors"}
    assert {error.__name__ for error in defined if not set(error.__mro__) & STATUSES.keys()} == set()


def test_every_status_is_in_the_table_once() -> None:
    """Operators read the table."""
    listed = [code.status for code in EXIT_CODES]
    assert len(set(listed)) == len(listed)
    assert sorted(listed) == listed
    assert {*STATUSES.values(), DEFECT} <= set(listed)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Misconfigured("wrong_setting", "it is"), 78),
        (EdgarUnavailable("edgar_fails", "it does"), 75),
        (ZeroDivisionError(), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_the_status_of_its_nearest_ancestor(error: Exception, status: int) -> None:
    """An error outside the tree is a defect."""
    assert exit_status(error) == status
