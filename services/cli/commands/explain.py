"""`insidertape explain`: what a code of an error or a diagnostic means, and what to do about it."""

from typing import Annotated

import typer


def matching_codes(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes that begin with the text, each with its meaning, for tab completion."""
    from contracts.codes import all_codes

    return [(code.value, code.meaning) for code in all_codes() if code.startswith(incomplete.lower())]


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            autocompletion=matching_codes,
            help="Code of an error or a diagnostic; lists all codes if omitted.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Explain a code: what it means, and what to do.

    Codes are in error messages, in the log, in `insidertape dlq list`, and in the diagnostics of events.
    """
    from services.cli.application.process import readable_failures
    from services.cli.render.code_explanations import print_all_codes, print_explanation

    with readable_failures():
        if code is None:
            print_all_codes()
        else:
            print_explanation(code)
