"""The progress bar of a run."""

import io

import pytest
from rich.console import Console

from services.cli.render.run_bar import RunBar, words


def terminal(width: int) -> Console:
    """Return a terminal whose text can be read."""
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=20, color_system=None)


def written(console: Console) -> str:
    """Return the text written to the console."""
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize(
    ("done", "total", "seconds", "shown"),
    [
        (0, None, 0.0, "0/s, 0 filings, 0 alerts"),
        (0, 10_000, 0.3, "0/s, -:-- left, 0 of 10,000 filings, 0 alerts"),
        (450, 10_000, 0.9, "500/s, 0:19 left, 450 of 10,000 filings, 0 alerts"),
        (1, 3_601, 1.0, "1/s, 1:00:00 left, 1 of 3,601 filings, 0 alerts"),
        (1, 1, 0.5, "2/s, 0:00 left, 1 of 1 filing, 0 alerts"),
        (450, None, 0.9, "500/s, 450 filings, 0 alerts"),
    ],
)
def test_the_bar_shows_progress_rate_and_time_left(done: int, total: int | None, seconds: float, shown: str) -> None:
    """The time left assumes the rate so far; before the first filing it is unknown."""
    assert words(done, total, 0, 0, seconds) == shown


def test_dead_letters_are_counted_if_there_are_any() -> None:
    """Otherwise they are omitted, because a line has 80 columns."""
    assert words(5, 10, 1, 2, 1.0) == "5/s, 0:01 left, 5 of 10 filings, 1 alert, 2 dead"


@pytest.mark.parametrize("width", [80, 150])
def test_share_rate_and_time_left_are_on_one_line(width: int) -> None:
    """This holds on any terminal, as soon as the number of files is known."""
    moment = [0.0]
    console = terminal(width)
    bar = RunBar(console, monotonic=lambda: moment[0])
    bar.start()
    bar.expect(10_000)
    assert "0 of 10,000 filings" in written(console)
    assert "0%" in written(console)
    moment[0] = 5.0
    bar.update(9_500, 37_250, 0)
    bar._progress.refresh()
    bar.stop()
    last = next(line for line in reversed(written(console).split("\n")) if "9,500 of" in line)
    assert "95%" in last
    assert "1,900/s, 0:00 left, 9,500 of 10,000 filings, 37,250 alerts" in last


def test_the_share_never_exceeds_the_whole() -> None:
    """Another process may publish meanwhile."""
    console = terminal(100)
    bar = RunBar(console)
    bar.start()
    bar.expect(10)
    bar.update(12, 30, 0)
    bar._progress.refresh()
    bar.stop()
    assert "12 of 12 filings" in written(console)


def test_nothing_is_drawn_if_it_is_hidden() -> None:
    """A log file has no use for a progress bar."""
    console = Console(file=io.StringIO(), force_terminal=False)
    bar = RunBar(console, hidden=True)
    bar.start()
    bar.expect(10)
    bar.update(5, 5, 0)
    bar.stop()
    assert written(console) == ""
