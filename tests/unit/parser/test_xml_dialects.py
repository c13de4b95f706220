"""One document in every encoding, declaration, namespace and schema version it comes in: the same events."""

import pytest

from contracts.structs import TransactionsReported
from services.parser import parse_filing

BODY = """<ownershipDocument>
 <schemaVersion>X0306</schemaVersion><documentType>4</documentType><periodOfReport>2024-07-19-05:00</periodOfReport>
 <issuer><issuerCik>912345</issuerCik><issuerName>Caf\u00e9 Z\u00fcrich\u2019s</issuerName></issuer>
 <reportingOwner><reportingOwnerId><rptOwnerCik>912346</rptOwnerCik><rptOwnerName>NU\u00d1EZ ANA</rptOwnerName>
 </reportingOwnerId></reportingOwner>
 <nonDerivativeTable><nonDerivativeTransaction>
  <securityTitle><value>Common</value></securityTitle>
  <transactionCoding><transactionFormType>4</transactionFormType><transactionCode>S</transactionCode>
   <equitySwapInvolved>0</equitySwapInvolved><footnoteId id="F1"/></transactionCoding>
  <transactionAmounts><transactionShares><value>1,234.5</value></transactionShares>
   <transactionPricePerShare><footnoteId id="F1"/></transactionPricePerShare></transactionAmounts>
 </nonDerivativeTransaction></nonDerivativeTable>
 <footnotes><footnote id="F1">A <b>bold</b> note.</footnote></footnotes>
</ownershipDocument>"""
DECLARED = '<?xml version="1.0"?>\n' + BODY


def parsed(content: bytes | str) -> TransactionsReported:
    """Return the one event, under an identity that does not depend on the bytes."""
    (event,) = parse_filing(content, filing_id="one")
    return event


EXPECTED = parsed(BODY)


def test_reference_document_gives_the_expected_values() -> None:
    """All the other documents are compared with it."""
    (sale,) = EXPECTED.transactions
    assert (sale.code, sale.shares, sale.price_per_share) == ("S", "1234.5", None)
    assert sale.footnotes == {"code": ("F1",), "price_per_share": ("F1",)}
    assert (EXPECTED.issuer.name, EXPECTED.owner.name) == ("Caf\u00e9 Z\u00fcrich\u2019s", "NU\u00d1EZ ANA")
    assert EXPECTED.footnotes == {"F1": "A bold note."}
    assert EXPECTED.diagnostics == ()


@pytest.mark.parametrize(
    "declared", ["UTF-8", "utf-8", "ISO-8859-1", "windows-1252", "UTF-16", "US-ASCII", "no-such-code"]
)
def test_the_encoding_is_that_of_the_bytes_whatever_is_declared(declared: str) -> None:
    """EDGAR declares one thing and sends another."""
    text = f'<?xml version="1.0" encoding="{declared}" standalone="yes"?>' + BODY
    assert parsed(text) == EXPECTED
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"):
        content = text if len(text.encode(encoding)) % 2 == 0 else text + " "
        assert parsed(content.encode(encoding)) == EXPECTED, encoding


@pytest.mark.parametrize(
    "dressed",
    [
        DECLARED,
        "\n  \n" + DECLARED,
        "\ufeff" + BODY,
        BODY + "\n\n",
        DECLARED.replace("\n", "\r\n"),
        DECLARED.replace("\n", "\r"),
        "<!-- a comment --><?instruction?>" + BODY,
        BODY.replace("<ownershipDocument>", '<ownershipDocument xmlns="http://www.sec.gov/edgar/ownership">'),
        BODY.replace("<ownershipDocument>", '<ownershipDocument xmlns:xsi="x" xsi:schemaLocation="a b">'),
        BODY.replace("</", "</o:").replace("<", "<o:").replace("<o:/o:", "</o:").replace("<o:ow", "<o:ow", 1)
        .replace("<o:ownershipDocument>", '<o:ownershipDocument xmlns:o="u">', 1),
        BODY.replace("<value>Common</value>", "<value><![CDATA[Common]]></value>"),
        BODY.replace("<value>Common</value>", "<value>&#67;om<!-- x -->mon</value>"),
        BODY.replace("<value>Common</value>", "<value>\n  Common\n</value>"),
        BODY.replace("><", ">\n<"),
    ],
)  # fmt: skip
def test_other_notations_of_the_same_document_change_nothing(dressed: str) -> None:
    """Declarations, blanks, line ends, comments, namespaces, CDATA, character references."""
    assert parsed(dressed) == EXPECTED
    assert parsed(dressed.encode()) == EXPECTED


@pytest.mark.parametrize("version", ["X0101", "X0201", "X0202", "X0203", "X0303", "X0306", "X0407", "X0508", "X0609"])
def test_every_schema_version_is_read_and_kept(version: str) -> None:
    """Also one that is not there yet."""
    event = parsed(BODY.replace("X0306", version))
    assert event.filing.schema_version == version
    assert event.transactions == EXPECTED.transactions


def test_rows_of_2003_are_classified_by_their_fields() -> None:
    """Schema X0101 has one name for both kinds of rows."""
    assert parsed(BODY.replace("nonDerivativeTransaction>", "nonDerivativeSecurity>")) == EXPECTED


@pytest.mark.parametrize(
    "strange",
    [
        "<newGroup><transactionShares><value>9</value></transactionShares></newGroup>",
        "<newField><value>9</value></newField>",
        "<newField>9</newField>",
    ],
)
@pytest.mark.parametrize("place", ["<transactionAmounts>", "<transactionShares>", "<nonDerivativeTransaction>"])
def test_unknown_element_is_reported_and_never_taken_for_a_known_one(strange: str, place: str) -> None:
    """Whatever it contains, and wherever it is, the elements around it are read as before."""
    event = parsed(BODY.replace(place, place + strange, 1))
    assert event.transactions == EXPECTED.transactions
    (found,) = event.diagnostics
    assert (found.code, found.raw) == ("unknown_element", "9")


def test_unknown_kind_of_row_is_reported_and_not_a_line() -> None:
    """Its values are not those of the row before it."""
    row = "<newRow><transactionDate><value>2024-01-01</value></transactionDate></newRow>"
    event = parsed(BODY.replace("</nonDerivativeTable>", row + "</nonDerivativeTable>"))
    assert event.transactions == EXPECTED.transactions
    assert [(found.code, found.field) for found in event.diagnostics] == [("unknown_element", "filing.newRow")]


@pytest.mark.parametrize("place", ["<transactionAmounts>", "<nonDerivativeTransaction>", "<transactionCoding>"])
def test_text_outside_any_field_is_reported(place: str) -> None:
    """A group or a row has no text itself: such text may have been a value."""
    event = parsed(BODY.replace(place, f"{place}77", 1))
    assert event.transactions == EXPECTED.transactions
    assert [(found.code, found.raw) for found in event.diagnostics] == [("text_outside_field", "77")]


@pytest.mark.parametrize("empty", ["<transactionShares/>", "<transactionShares></transactionShares>"])
def test_value_after_an_empty_field_is_not_part_of_it(empty: str) -> None:
    """It belongs to no other field either, so it is reported."""
    shares = "<transactionShares><value>1,234.5</value></transactionShares>"
    event = parsed(BODY.replace(shares, f"{empty}<value>9</value>"))
    assert event.transactions[0].shares is None
    assert [(found.code, found.raw) for found in event.diagnostics] == [("unknown_element", "9")]


RELATIONSHIP = "</reportingOwnerId><reportingOwnerRelationship>{}</reportingOwnerRelationship>"


@pytest.mark.parametrize(
    ("boxes", "flags"),
    [
        ("", (False, False, False, False)),
        ("<isOfficer>1</isOfficer><officerTitle>CFO</officerTitle>", (False, True, False, False)),
        ("<isDirector>true</isDirector><isOther/>", (True, False, False, False)),
        ("<isTenPercentOwner><value>0</value></isTenPercentOwner>", (False, False, False, False)),
    ],
)
def test_box_that_the_xml_leaves_out_is_unchecked(boxes: str, flags: tuple[bool, ...]) -> None:
    """The schema makes the four boxes optional, so XML always determines them: null is for renderings."""
    owner = parsed(BODY.replace("</reportingOwnerId>", RELATIONSHIP.format(boxes))).owner
    assert (owner.is_director, owner.is_officer, owner.is_ten_percent_owner, owner.is_other) == flags


def test_box_with_a_value_that_is_not_a_boolean_is_null() -> None:
    """False would be a guess; the diagnostic has what was filed."""
    boxes = "<isDirector>maybe</isDirector><isOfficer>1<value>0</value></isOfficer>"
    event = parsed(BODY.replace("</reportingOwnerId>", RELATIONSHIP.format(boxes)))
    owner = event.owner
    assert (owner.is_director, owner.is_officer, owner.is_ten_percent_owner, owner.is_other) == (
        None,
        None,
        False,
        False,
    )
    assert [(found.code, found.field) for found in event.diagnostics] == [
        ("repeated_value", "owner.is_officer"),
        ("malformed_boolean", "owner.is_director"),
    ]
