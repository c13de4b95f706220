"""Owners whose name and address are on one line."""

from services.parser.layouts.markdown.joined_owners import divide_owners

COVER = (
    "1. Name and Address of Reporting Person *\nFUND GP LP\n(Last) (First) (Middle)\n"
    "C/O FUND LLC, 600 AVENUE, SUITE 31\n(Street)\nAUSTIN, TX 78701\n(City) (State) (Zip)"
)
ADDRESS = ["C/O FUND LLC", "600 AVENUE, SUITE 31", "AUSTIN, TX 78701"]


def lines_of(*cells: str, cover: str = COVER) -> list[list[str] | None]:
    """Return the lines of each owner's cell."""
    return list(divide_owners(cells, cover))


def test_comma_that_only_the_cover_has_divides_the_streets() -> None:
    """A comma that both have is part of the street itself."""
    assert lines_of("FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN,\xa0TX\xa078701") == [["FUND GP LP", *ADDRESS]]
    assert lines_of("FUND GP LP C/O FUND LLC, 600 AVENUE, SUITE 31 AUSTIN, TX 78701") == [
        ["FUND GP LP", "C/O FUND LLC, 600 AVENUE, SUITE 31", "AUSTIN, TX 78701"]
    ]


def test_words_before_a_complete_address_are_the_name() -> None:
    """There is no third street for the words before it."""
    first = "FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN, TX 78701"
    assert lines_of(first, first.replace("GP LP", "II GP LP"))[1] == ["FUND II GP LP", *ADDRESS]


def test_address_certainly_begins_at_care_of() -> None:
    """Only the name is certain, so it is the only line."""
    first = "FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN, TX 78701"
    assert lines_of(first, "DOE JANE C/O OTHER LLC 2 ROAD DALLAS, TX 75201")[1] == ["DOE JANE"]


def test_lines_joined_without_a_space_are_divided() -> None:
    """Some converters drop a line break."""
    first = "FUND GP LPC/O FUND LLC600 AVENUE, SUITE 31AUSTIN, TX 78701"
    assert lines_of(first, first.replace("GP", "II"), "DOE JANEC/O OTHER2 ROADDALLAS, TX 75201") == [
        ["FUND GP LP", *ADDRESS],
        ["FUND II LP", *ADDRESS],
        ["DOE JANE"],
    ]


def test_name_directly_before_a_street_is_not_read() -> None:
    """Words between the name and the street may belong to either."""
    cover = COVER.replace("C/O FUND LLC, 600 AVENUE, SUITE 31", "600 AVENUE")
    first = "FUND GP LP 600 AVENUE AUSTIN, TX 78701"
    assert lines_of(first, "DOE JANE ACME CORP 600 AVENUE AUSTIN, TX 78701", cover=cover) == [
        ["FUND GP LP", "600 AVENUE", "AUSTIN, TX 78701"],
        None,
    ]
    assert lines_of(first, "DOE JANE C/O ACME 600 AVENUE AUSTIN, TX 78701", cover=cover)[1] == [
        "DOE JANE",
        "C/O ACME",
        "600 AVENUE",
        "AUSTIN, TX 78701",
    ]


def test_name_before_a_shared_care_of_line_is_not_read() -> None:
    """Another street may precede the one that both owners have."""
    cover = COVER.replace("C/O FUND LLC, 600 AVENUE, SUITE 31", "C/O FUND LLC")
    first = "FUND GP LP C/O FUND LLC AUSTIN, TX 78701"
    assert lines_of(first, "DOE JANE P.O. BOX 12 C/O FUND LLC AUSTIN, TX 78701", cover=cover)[1] is None


def test_text_that_the_cover_contradicts_or_leaves_open_is_not_divided() -> None:
    """Another name, another city, or two commas that could each be the one."""
    assert lines_of("OTHER LP 600 AVENUE AUSTIN, TX 78701") == [None]
    assert lines_of("FUND GP LP 600 AVENUE DALLAS, TX 75201") == [None]
    cover = COVER.replace("C/O FUND LLC, 600 AVENUE, SUITE 31", "A, A, A")
    assert lines_of("FUND GP LP A A, A AUSTIN, TX 78701", cover=cover) == [
        ["FUND GP LP", "A", "A, A", "AUSTIN, TX 78701"]
    ]
    assert lines_of("FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN, TX 78701", cover="") == [["FUND GP LP"]]
