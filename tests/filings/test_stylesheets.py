"""Every filing of the corpus, rendered by each official stylesheet for its form, and read back value by value."""

from pathlib import Path
from typing import Any, Final

import pytest
from lxml import etree

from tests.filings.agreement import compare, dumped
from tests.filings.corpus import CORPUS, files_of

FOLDER: Final = CORPUS / "schema" / "ownership-v5.5" / "EDGAR_Reduced_Content_XML_Stylesheets"
REDUCED: Final = frozenset({"page", "reduced"})
WITHOUT_PLAN_BOX: Final = "_X06.xsl"
"""Stylesheets from before the box for Rule 10b5-1 plans."""


def stylesheets() -> list[Any]:
    """Return each stylesheet, or one parameter that skips in words."""
    found = files_of(FOLDER, "[345]_*.xsl")
    if not found:
        reason = "there are no stylesheets in ../shared/corpus/schema"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.stem) for path in found]


@pytest.mark.parametrize("stylesheet", stylesheets())
def test_page_of_the_official_stylesheet_gives_the_values_of_the_xml(stylesheet: Path) -> None:
    """Nothing is wrong and nothing is lost, over all filings of the stylesheet's form."""
    transform = etree.XSLT(etree.parse(stylesheet))
    pages = 0
    for path in files_of(CORPUS / "xml", "*.xml"):
        content = path.read_bytes()
        filed = dumped(content)
        if filed[0]["filing"]["form_type"][0] != stylesheet.name[0]:
            continue
        page = etree.tostring(transform(etree.fromstring(content)), method="html")
        found = compare(filed, dumped(page), REDUCED)
        lost = [miss for miss in found.lost if stylesheet.name[1:] != WITHOUT_PLAN_BOX or "rule_10b5_1" not in miss]
        assert (path.name, found.wrong, lost) == (path.name, [], [])
        pages += 1
    assert pages > 0
