"""The SEC's own schemas: a document that fills all they allow arrives whole, and each element left out is missed."""

import copy
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from tests.filings.agreement import dumped
from tests.filings.all_fields import NOT_CARRIED, what_is_lost
from tests.filings.corpus import CORPUS, each_of
from tests.filings.schema_documents import SchemaDocument, leaves_of

SCHEMAS: Final = CORPUS / "schema" / "ownership-v5.5" / "EDGAR_Reduced_Content_XML_Schema_Files"


@pytest.mark.parametrize("schema", each_of(SCHEMAS, "ownership*Document.xsd.xml"))
def test_nothing_that_a_schema_allows_is_lost(schema: Path) -> None:
    """Every element at every place, with a footnote wherever one may be cited."""
    document = etree.tostring(SchemaDocument(schema).root)
    assert what_is_lost(document, dumped(document)) == []


@pytest.mark.parametrize("schema", each_of(SCHEMAS, "ownership*Document.xsd.xml"))
def test_the_check_misses_each_element_that_is_left_out(schema: Path) -> None:
    """It can fail: the events of a document without one leaf do not carry the whole document."""
    root = SchemaDocument(schema).root
    whole = etree.tostring(root)
    leaves = leaves_of(root)
    assert len(leaves) > 100
    needed = {"documentType", *NOT_CARRIED}
    for number, leaf in enumerate(leaves):
        if leaf.tag in needed:
            continue
        without = copy.deepcopy(root)
        left_out = leaves_of(without)[number]
        left_out.getparent().remove(left_out)
        events = dumped(etree.tostring(without))
        assert what_is_lost(whole, events) != [], root.getroottree().getpath(leaf)
