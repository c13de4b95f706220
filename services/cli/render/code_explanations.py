"""The texts of `insidertape explain`: one code in full, or all of them, one per line."""

import textwrap
from difflib import get_close_matches
from itertools import groupby
from typing import Final

import typer

from contracts.codes import CLASS_MEANINGS, CodeClass, ErrorCode, all_codes, explained
from contracts.errors import Misconfigured
from services.cli.application.invocation import as_typed

_WIDTH: Final = 100
_MOST_SUGGESTED: Final = 5


def print_explanation(text: str) -> None:
    """Print the class, meaning and remedy of a code.

    Raises:
        Misconfigured: no code is spelled so; the message has those that are spelled nearly so.
    """
    code = explained(text.strip().lower())
    if code is None:
        raise Misconfigured(ErrorCode.NO_SUCH_CODE, f"there is no code {text!r}; {_suggestion(text)}")
    typer.echo(code.value)
    for title, words in (
        ("Meaning", code.meaning),
        ("Class", f"{code.kind}: {CLASS_MEANINGS[code.kind]}"),
        ("What to do", code.remedy),
    ):
        first = f"  {title + ':':13}"
        typer.echo(
            textwrap.fill(
                as_typed(words),
                _WIDTH,
                initial_indent=first,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
            )
        )


def print_all_codes() -> None:
    """Print every code with its meaning, by class."""
    longest = max(len(code) for code in all_codes())
    order = list(CodeClass)
    for kind, codes in groupby(sorted(all_codes(), key=lambda code: order.index(code.kind)), lambda code: code.kind):
        typer.echo(f"{kind}: {CLASS_MEANINGS[kind]}")
        for code in codes:
            typer.echo(f"  {code.value:{longest}}  {code.meaning}")
        typer.echo()


def _suggestion(text: str) -> str:
    """Return the codes that are spelled like the text, or that contain it; else how to list all."""
    wanted = text.strip().lower()
    codes = [code.value for code in all_codes()]
    near = get_close_matches(wanted, codes, n=_MOST_SUGGESTED, cutoff=0.7)
    near += [code for code in codes if wanted and wanted in code and code not in near]
    if near:
        return f"did you mean {', '.join(near[:_MOST_SUGGESTED])}?"
    return "`insidertape explain` lists all codes"
