"""Other parsers of ownership XML, if they are installed."""

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Final

DATAMULE_TARGET: Final = 20
EDGARTOOLS_TARGET: Final = 10

Peer = tuple[Callable[[bytes], object], int]
"""A function that parses a filing with another parser, and how many times faster this one should be."""


def peers() -> dict[str, Peer]:
    """Return the installed parsers by name."""
    found: dict[str, Peer] = {}
    if find_spec("datamule"):
        found["datamule, typed tables"] = (_datamule(), DATAMULE_TARGET)
    if find_spec("edgar"):
        found["edgartools, from_xml"] = (_edgartools(), EDGARTOOLS_TARGET)
    return found


def _datamule() -> Callable[[bytes], object]:
    document = import_module("datamule.document.document").Document

    def parse(content: bytes) -> object:
        form = content.partition(b"<documentType>")[2].partition(b"<")[0].decode().strip()
        found = document(type=form, content=content, filename="form.xml", accession="1" * 18, filing_date="2024-01-01")
        found.parse_tables()
        return found.tables

    return parse


def _edgartools() -> Callable[[bytes], object]:
    """Return `Ownership.from_xml`. It asks EDGAR whether an owner is a company; the answer is stubbed at no cost."""
    os.environ.setdefault("EDGAR_IDENTITY", "Benchmark benchmark@example.com")
    owners = import_module("edgar.ownership.owners")
    vars(owners)["Entity"] = _Person
    from_xml = import_module("edgar.ownership").Ownership.from_xml
    return lambda content: from_xml(content.decode())


class _Person:
    """Stub of an answer from EDGAR: every owner is a person."""

    is_company = False

    def __init__(self, cik: int) -> None:
        self.cik = cik
        self.data = self
