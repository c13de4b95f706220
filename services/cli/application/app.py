"""Base classes of the command groups: help in titled sections and one-line usage errors, without rich.

Typer renders both with rich, markdown-it and pygments. Importing those takes twice as long as everything else that
`--help` does.
"""

import inspect
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

Rows = list[tuple[str, str]]
"""Pairs of an option's or command's name and its description."""

_TYPE: Final = re.compile(r" <[^<>]*>$")
_LIMITS: Final = r"(?:[0-9]+<=?)?x[<>]=?[0-9]+"
_RANGE: Final = re.compile(rf"\[{_LIMITS}\]|(?<=\[){_LIMITS}; |; {_LIMITS}(?=[;\]])")
_MAX_WIDTH: Final = 100
"""Maximum width of help in columns: longer lines are hard to read."""


class App(typer.Typer):
    """A group of commands."""

    def __init__(self, *, help: str, epilog: str | None = None, **settings: Any) -> None:  # noqa: A002 - typer's name
        super().__init__(
            cls=HelpfulGroup,
            help=help,
            epilog=epilog,
            no_args_is_help=True,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _MAX_WIDTH},
            **settings,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Add a command to the group; see `typer.Typer.command`."""
        return super().command(name, **{"cls": HelpfulCommand, **settings})


class HelpfulCommand(TyperCommand):
    """A command whose help groups its options under titles."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments and options, including `--help`."""
        return _with_defaults(super().get_params(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section of options for each title."""
        _write_sections(formatter, _option_sections(self, ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's signature
        """Write the examples unwrapped, so that they can be copied."""
        _write_verbatim(formatter, self.epilog)


class HelpfulGroup(TyperGroup):
    """A group whose help groups its commands and options under titles."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options, including `--help`."""
        return _with_defaults(super().get_params(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections of commands, then the sections of options."""
        commands: defaultdict[str, Rows] = defaultdict(list)
        for name, command in self.commands.items():
            if not command.hidden:
                title = getattr(command, "rich_help_panel", None) or "Commands"
                commands[title].append((name, _first_paragraph(command.help or "")))
        _write_sections(formatter, commands)
        _write_sections(formatter, _option_sections(self, ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's signature
        """Write the examples unwrapped, so that they can be copied."""
        _write_verbatim(formatter, self.epilog)


def _with_defaults(params: list[Any]) -> list[Any]:
    """Set the default of flags that have none to False, as typer does for its own, and return the parameters.

    With a default of None, typer would import pydantic only to find that None is not a boolean.
    """
    for param in params:
        if getattr(param, "is_flag", False) and param.default is None:
            param.default = False
    return params


def _option_sections(command: TyperCommand | TyperGroup, ctx: Any) -> dict[str, Rows]:
    """Return the help records of arguments and options by section title; untitled sections come first."""
    sections: dict[str, Rows] = {"Arguments": [], "Options": []}
    for param in command.get_params(ctx):
        if record := param.get_help_record(ctx):
            default = "Arguments" if isinstance(param, TyperArgument) else "Options"
            sections.setdefault(getattr(param, "rich_help_panel", None) or default, []).append(_plain(record))
    return sections


def _plain(record: tuple[str, str]) -> tuple[str, str]:
    """Return a help record without the notation that typer adds: a type in brackets, and a range such as `x>=1`."""
    name, text = record
    return _TYPE.sub("", name), _RANGE.sub("", text).rstrip()


def _write_sections(formatter: Any, sections: dict[str, Rows]) -> None:
    for title, rows in sections.items():
        if rows:
            with formatter.section(_bold(title)):
                formatter.write_dl([(_bold(name.strip()), text) for name, text in rows])


def _write_verbatim(formatter: Any, text: str | None) -> None:
    if text:
        formatter.write(f"\n{text}\n")


def _first_paragraph(text: str) -> str:
    return " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())


def _bold(text: str) -> str:
    """Return the text in bold if standard output is a terminal that supports it."""
    return typer.style(text, bold=True) if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else text
