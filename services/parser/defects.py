"""Defects of the parser: a filing that triggers one is refused, and the others are still read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError, InvalidFiling


@contextmanager
def refused_on_defect() -> Iterator[None]:
    """Turn an exception that no reader raises on purpose into a refusal that names the line of code.

    Parsing is pure, so the same filing would otherwise end the process at every restart. The filing can be replayed
    once the defect is fixed.

    >>> with refused_on_defect():
    ...     {}["missing"]
    Traceback (most recent call last):
    contracts.errors.InvalidFiling: ...

    Raises:
        InvalidFiling: `parser_defect`, for any exception other than our own errors and a lack of memory.
    """
    try:
        yield
    except (InsidertapeError, MemoryError):
        raise
    except Exception as error:
        frame = extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        words = f"a defect of the parser; please report it: {type(error).__name__} at {where}: {error}"
        raise InvalidFiling(ErrorCode.PARSER_DEFECT, words) from error
