"""How this command was called, so that the commands it suggests can be copied and run as they are."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAME: Final = "insidertape"
_MODULE: Final = "services.cli.__main__"
_LOCATION_OPTIONS: Final = ("--data", "--kafka")
_HINT: Final = re.compile(rf"`{NAME} ([^`]+)`")


def command_line(words: str, options: str | None = None) -> str:
    """Return a command line that calls insidertape as it was called now; `words` and `options` are quoted already.

    Without `options`, the `--data` or `--kafka` option of the current command is repeated.
    """
    if options is None:
        options = (
            "" if any(option in words for option in _LOCATION_OPTIONS) else shlex.join(_location_options(sys.argv[1:]))
        )
    return f"{program()} {words} {options}".rstrip()


def as_typed(message: str) -> str:
    """Return the message with each command in backticks, such as `insidertape run`, as it can be typed here."""
    return _HINT.sub(lambda hint: f"`{command_line(hint[1])}`", message)


def program() -> str:
    """Return the program that a suggested command begins with, quoted for a shell.

    It is `insidertape` if PATH resolves that to the running program, else the path by which it was called, or Python
    with its `-m`. Any other program that imports the command line gets the plain name.
    """
    called = sys.argv[0]
    if Path(called).name == NAME:
        if _is_same_file(shutil.which(NAME), called):
            return NAME
        if os.access(called, os.X_OK):
            return shlex.quote(called if os.sep in called else f".{os.sep}{called}")
        return shlex.join(_interpreter_command())
    specification = getattr(sys.modules["__main__"], "__spec__", None)
    return shlex.join(_interpreter_command()) if getattr(specification, "name", None) == _MODULE else NAME


def _interpreter_command() -> Sequence[str]:
    """Return the interpreter and its arguments up to the program, as they were typed."""
    return sys.orig_argv[: len(sys.orig_argv) - len(sys.argv) + 1]


def _is_same_file(found: str | None, called: str) -> bool:
    try:
        return found is not None and Path(found).samefile(called)
    except OSError:
        return False


def _location_options(words: Sequence[str]) -> list[str]:
    """Return the words that name the data or the broker, such as `--data DIR` or `--data=DIR`."""
    found: list[str] = []
    for index, word in enumerate(words):
        if word in _LOCATION_OPTIONS:
            found += words[index : index + 2]
        elif word.startswith(tuple(f"{option}=" for option in _LOCATION_OPTIONS)):
            found.append(word)
    return found
