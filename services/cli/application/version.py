"""The version of insidertape, and the reader that parses XML filings."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

LIBRARY: Final = "_native.abi3.so"


def version_line() -> str:
    """Return the version and the active reader on one line. Nothing of the parser is imported.

    >>> version_line().startswith("insidertape ")
    True
    """
    parser = find_spec("services.parser")
    folders = (parser.submodule_search_locations or []) if parser else []
    is_native = any((Path(folder) / LIBRARY).exists() for folder in folders)
    reader = (
        "native reader" if is_native else "Python reader; with cargo at installation, XML is read ten times as fast"
    )
    return f"insidertape {version('insidertape')} ({reader})"
