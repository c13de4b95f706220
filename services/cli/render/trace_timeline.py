"""The path of one filing as a timeline."""

from collections.abc import Sequence
from typing import Final

from services.cli.application.invocation import as_typed
from services.cli.reading.trace_steps import Step
from services.cli.render.screen import Screen
from services.cli.render.tables import styled, wrap
from services.section16.safe_text import printable

_TIME_WIDTH: Final = 21
_NAME_WIDTH: Final = 11


def print_timeline(screen: Screen, title: str, steps: Sequence[Step], outcome: str) -> None:
    """Print the steps under a title, each with its record's location, then the outcome.

    A time equal to that of the previous step is not repeated.
    """

    def show(lines: Sequence[str], style: str = "") -> None:
        shown = styled(lines, style) if screen.has_colours else lines
        screen.write("".join(f"{line}\n" for line in shown))

    show(wrap(printable(title), screen.width), "bold")
    show([""])
    indent = " " * (_TIME_WIDTH + _NAME_WIDTH)
    before = ""
    for step in steps:
        time = f"{step.time:%Y-%m-%d %H:%M:%S}" if step.time else ""
        begins = f"{'' if time == before else time:<{_TIME_WIDTH}}{step.name:<{_NAME_WIDTH}}"
        words = wrap(printable(step.words), max(screen.width - len(indent), 20))
        show([f"{begins}{words[0]}", *(f"{indent}{line}" for line in words[1:])])
        show([f"{indent}{step.record.location}"], "dim")
        before = time
    show(["", *wrap(printable(as_typed(outcome)), screen.width)])
