"""How the person called this command, so that the commands it prints can be typed where they stand."""

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
    """Return a command of insidertape as this one was called: `words` and `options`, quoted for a shell already.

    Without `options` it leads to the same data or broker as this command: by the options that it was given.
    """
    if options is None:
        options = (
            "" if any(place in words for place in _LOCATION_OPTIONS) else shlex.join(_location_options(sys.argv[1:]))
        )
    return f"{program()} {words} {options}".rstrip()


def as_typed(message: str) -> str:
    """Return the message with each command in it, as in "`insidertape run` makes it", as the person can type it."""
    return _HINT.sub(lambda hint: f"`{command_line(hint[1])}`", message)


def program() -> str:
    """Return what stands before the words of a command, quoted for a shell.

    It is `insidertape` if that leads to the program that runs, else the path by which it was called; or Python with
    its `-m` if it was called so. Anything else that imports the command line has the command's plain name.
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
    """Return the interpreter and what it was told to run, as they were typed."""
    return sys.orig_argv[: len(sys.orig_argv) - len(sys.argv) + 1]


def _is_same_file(found: str | None, called: str) -> bool:
    try:
        return found is not None and Path(found).samefile(called)
    except OSError:
        return False


def _location_options(words: Sequence[str]) -> list[str]:
    """Return those of the words that name the data or the broker: `--data DIR`, `--data=DIR` and the like."""
    found: list[str] = []
    for index, word in enumerate(words):
        if word in _LOCATION_OPTIONS:
            found += words[index : index + 2]
        elif word.startswith(tuple(f"{place}=" for place in _LOCATION_OPTIONS)):
            found.append(word)
    return found
