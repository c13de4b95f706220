"""Marks in a page's text, such as links and raised footnote numbers, never end up in the values of an event."""

import pytest

from contracts.codec import encode
from contracts.filing_published import Hints, PartyHint
from services.parser import parse_filing

PAGE = """<html><body><p>FORM 4</p><table>
<tr><td>1. Name and Address of Reporting Person*<br>{owner}<br>(Last) (First) (Middle)<br>1 MAIN ST<br>(Street)<br>
AUSTIN, TX 78701<br>(City) (State) (Zip)</td><td>2. Issuer Name and Ticker or Trading Symbol<br>{issuer} [ACM]</td></tr>
</table><table>
<tr><td>1. Title of Security</td><td>2. Transaction Date</td><td>3. Transaction Code</td><td>5. Amount of Securities
Beneficially Owned</td><td>6. Ownership Form</td><td>7. Nature of Indirect Beneficial Ownership</td></tr>
<tr><td>{title}</td><td>01/02/2024</td><td>S</td><td>500</td><td>I</td><td>{nature}</td></tr></table>
<table><tr><td>Explanation of Responses:</td></tr><tr><td>1. {note}</td></tr></table></body></html>"""
LINK = '<a href="/cgi-bin/browse-edgar?action=getcompany&amp;CIK=0001234567">{}</a>'
WORDS = {
    "owner": "DOE JANE", "issuer": "ACME INC", "title": "Class A Common Stock", "nature": "By Trust", "note": "A note.",
}  # fmt: skip


def test_title_that_links_to_a_company_is_only_its_words() -> None:
    """The link's CIK used to follow the title, between control characters."""
    page = PAGE.format(**WORDS | {"title": LINK.format("Class A Common Stock")})
    (event,) = parse_filing(page)
    assert event.transactions[0].security_title == "Class A Common Stock"


@pytest.mark.parametrize("mark", [LINK, "{}<sup>(1)</sup>", '{}<a href="#F1">(1)</a>'], ids=["link", "sup", "note"])
@pytest.mark.parametrize("field", WORDS)
def test_no_mark_leaves_a_control_character_in_an_event(field: str, mark: str) -> None:
    """Whichever value it is on: JSON would write one as an escape."""
    page = PAGE.format(**WORDS | {field: mark.format(WORDS[field])})
    for event in parse_filing(page):
        assert b"\\u00" not in encode(event)


@pytest.mark.parametrize("mark", ["[{}](/browse?action=getcompany&CIK=0001234567)", "{}^(1)^", "{}⁽¹⁾"])
def test_no_mark_in_markdown_leaves_a_control_character_in_an_event(mark: str) -> None:
    """Converters keep links and raised numbers in their own ways."""
    title = mark.format("Class A Common Stock")
    text = (
        "FORM 4\n\nTable I\n\n1. Title of Security| 2. Transaction Date| 3. Transaction Code| 5. Amount of Securities"
        " Beneficially Owned| 6. Ownership Form| 7. Nature of Indirect Beneficial Ownership (Instr. 4)\n"
        f"---|---|---|---|---|---\n{title}| 01/02/2024| S| 500| D|  \n\nRemarks:\n"
    )
    hints = Hints(issuer=PartyHint(name="ACME INC"), owners=(PartyHint(name="DOE JANE"),))
    (event,) = parse_filing(text, hints=hints)
    assert event.transactions[0].security_title == "Class A Common Stock"
    assert b"\\u00" not in encode(event)
