"""The SGML header in both its styles, and the documents after it."""

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.parser.sgml import read_submission
from services.section16.sgml_header import read_header


def test_acceptance_time_is_converted_from_eastern_to_utc() -> None:
    """Five hours in winter, four in summer. An impossible time is None."""
    for said, utc in (
        ("20221108201810", "2022-11-09 01:18:10+00:00"),
        ("20240501130722", "2024-05-01 17:07:22+00:00"),
        ("20241399130722", "None"),
        ("2024", "None"),
    ):
        assert str(read_header(f"<ACCEPTANCE-DATETIME>{said}").accepted_at) == utc


def test_a_former_name_is_not_the_name() -> None:
    """And an owner's CIK is not the issuer's."""
    header = read_header(
        "REPORTING-OWNER:\n COMPANY CONFORMED NAME: A\n CENTRAL INDEX KEY: 1\n FORMER CONFORMED NAME: B\n"
        "ISSUER:\n COMPANY CONFORMED NAME: C\n CENTRAL INDEX KEY: 2\n"
    )
    assert header.issuer is not None
    assert (header.issuer.name, header.issuer.cik) == ("C", "0000000002")
    assert [(owner.name, owner.cik) for owner in header.owners] == [("A", "0000000001")]


def test_an_old_header_names_its_subject_company() -> None:
    """Before 2003 the issuer was the subject company."""
    header = read_header(
        "SUBJECT COMPANY:\n COMPANY CONFORMED NAME: C\n CENTRAL INDEX KEY: 2\n"
        "<REPORTING-OWNER>\n COMPANY CONFORMED NAME: A\n CENTRAL INDEX KEY: 1\n</REPORTING-OWNER>\n"
    )
    assert header.issuer is not None
    assert header.issuer.cik == "0000000002"
    assert [owner.cik for owner in header.owners] == ["0000000001"]


def test_first_of_several_ownership_documents_is_read_and_the_rest_counted() -> None:
    """A diagnostic reports how many more there were."""
    document = (
        "<DOCUMENT>\n<TYPE>4\n<TEXT>\n<XML>\n<ownershipDocument><documentType>4</documentType>"
        "<issuer><issuerCik>1</issuerCik><issuerName>C</issuerName></issuer><reportingOwner><reportingOwnerId>"
        "<rptOwnerName>A</rptOwnerName></reportingOwnerId></reportingOwner></ownershipDocument>\n</XML>\n</TEXT>\n"
        "</DOCUMENT>\n"
    )
    (event,) = parse_filing("<SEC-DOCUMENT>\n" + document * 3)
    assert [(found.code, found.raw) for found in event.diagnostics] == [("further_ownership_document", "2")]


def test_header_without_a_document_is_refused() -> None:
    """There is nothing to read in it."""
    with pytest.raises(InvalidFiling) as refused:
        read_submission("<SEC-DOCUMENT>\n<SEC-HEADER>\n</SEC-HEADER>\n</SEC-DOCUMENT>")
    assert refused.value.code == "no_document"


def test_encoding_is_detected_by_content() -> None:
    """The same document in four encodings gives the same name."""
    text = (
        "<ownershipDocument><documentType>3</documentType><issuer><issuerName>Café</issuerName></issuer>"
        "<reportingOwner><reportingOwnerId><rptOwnerName>A</rptOwnerName></reportingOwnerId></reportingOwner>"
        "</ownershipDocument>"
    )
    marked, little, big = text.encode("utf-8-sig"), text.encode("utf-16"), text.encode("utf-16-be")
    for content in (text.encode(), marked, little, big, text.encode("cp1252")):
        assert parse_filing(content)[0].issuer.name == "Café"
