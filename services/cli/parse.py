"""`insidertape parse`: files to events, with no engine."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from contracts.codec import encode
from contracts.errors import PermanentError
from services.parser import parse_filing


def parse_paths(paths: Sequence[Path]) -> int:
    """Print an event a line for each owner of each filing, and on standard error why a file has none.

    Directories stand for all files in them but hidden ones. Returns how many files could not be parsed.
    """
    failures = 0
    for path in _files(paths):
        try:
            reports = parse_filing(path.read_bytes(), source_url=path.resolve().as_uri())
        except PermanentError as error:
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
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _complain(path: Path, code: str, message: str) -> None:
    sys.stderr.write(f"{path}: {code}: {message}\n")
