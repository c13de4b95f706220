"""A defect of a reader refuses the filing that shows it: the others go on, and it is put back once all is mended."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError, InvalidFiling


@contextmanager
def refused_on_defect() -> Iterator[None]:
    """Turn what no reader raises on purpose into a refusal that says where it was raised.

    Reading is pure: the same filing would end the process each time that it is started again.

    Raises:
        InvalidFiling: `parser_defect`, of any exception but those of our own and a want of memory.
    """
    try:
        yield
    except (InsidertapeError, MemoryError):
        raise
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        words = f"a defect of the parser, worth a report: {type(error).__name__} at {where}: {error}"
        raise InvalidFiling(ErrorCode.PARSER_DEFECT, words) from error
