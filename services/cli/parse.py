"""`insidertape parse`: files to events, with no engine."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from contracts.codec import encode
from contracts.errors import InvalidFiling
from services.parser import parse_filing


def parse_paths(paths: Sequence[Path]) -> int:
    """Print an event a line for each file, and why on standard error for those that cannot be parsed; how many.

    Directories stand for all files in them.
    """
    failures = 0
    for path in _files(paths):
        try:
            reports = parse_filing(path.read_bytes(), source_url=path.resolve().as_uri())
        except InvalidFiling as error:
            failures += 1
            _complain(path, error.code, error.message)
        except OSError as error:
            failures += 1
            _complain(path, "unreadable_file", error.strerror or str(error))
        else:
            for report in reports:
                sys.stdout.write(encode(report).decode() + "\n")
    return failures


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        else:
            yield path


def _complain(path: Path, code: str, message: str) -> None:
    sys.stderr.write(f"{path}: {code}: {message}\n")
