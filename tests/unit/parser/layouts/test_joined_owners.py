"""Owners whose name and address stand on one line."""

from services.parser.layouts.markdown.joined_owners import divide_owners

COVER = (
    "1. Name and Address of Reporting Person *\nFUND GP LP\n(Last) (First) (Middle)\n"
    "C/O FUND LLC, 600 AVENUE, SUITE 31\n(Street)\nAUSTIN, TX 78701\n(City) (State) (Zip)"
)
ADDRESS = ["C/O FUND LLC", "600 AVENUE, SUITE 31", "AUSTIN, TX 78701"]


def lines_of(*cells: str, cover: str = COVER) -> list[list[str] | None]:
    """The lines of each owner's cell."""
    return list(divide_owners(cells, cover))


def test_the_first_owners_streets_part_where_the_cover_has_a_comma_and_the_table_none() -> None:
    """A comma that both have is of the street itself."""
    assert lines_of("FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN,\xa0TX\xa078701") == [["FUND GP LP", *ADDRESS]]
    assert lines_of("FUND GP LP C/O FUND LLC, 600 AVENUE, SUITE 31 AUSTIN, TX 78701") == [
        ["FUND GP LP", "C/O FUND LLC, 600 AVENUE, SUITE 31", "AUSTIN, TX 78701"]
    ]


def test_an_address_known_in_full_leaves_the_name_of_another_owner() -> None:
    """There is no third street for the words before it."""
    first = "FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN, TX 78701"
    assert lines_of(first, first.replace("GP LP", "II GP LP"))[1] == ["FUND II GP LP", *ADDRESS]


def test_an_address_begins_for_sure_at_care_of() -> None:
    """The name is told, and no more."""
    first = "FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN, TX 78701"
    assert lines_of(first, "DOE JANE C/O OTHER LLC 2 ROAD DALLAS, TX 75201")[1] == ["DOE JANE"]


def test_lines_may_be_glued_with_nothing_between() -> None:
    """Some converters drop a line break."""
    first = "FUND GP LPC/O FUND LLC600 AVENUE, SUITE 31AUSTIN, TX 78701"
    assert lines_of(first, first.replace("GP", "II"), "DOE JANEC/O OTHER2 ROADDALLAS, TX 75201") == [
        ["FUND GP LP", *ADDRESS],
        ["FUND II LP", *ADDRESS],
        ["DOE JANE"],
    ]


def test_a_name_before_a_street_alone_is_not_told() -> None:
    """Words between the name and the street may be of either."""
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


def test_a_name_before_a_care_of_alone_is_not_told_either() -> None:
    """A street of its own may stand before the one that both owners have."""
    cover = COVER.replace("C/O FUND LLC, 600 AVENUE, SUITE 31", "C/O FUND LLC")
    first = "FUND GP LP C/O FUND LLC AUSTIN, TX 78701"
    assert lines_of(first, "DOE JANE P.O. BOX 12 C/O FUND LLC AUSTIN, TX 78701", cover=cover)[1] is None


def test_what_the_cover_contradicts_or_leaves_open_is_not_told() -> None:
    """Another name, another city, or two commas either of which could be the one."""
    assert lines_of("OTHER LP 600 AVENUE AUSTIN, TX 78701") == [None]
    assert lines_of("FUND GP LP 600 AVENUE DALLAS, TX 75201") == [None]
    cover = COVER.replace("C/O FUND LLC, 600 AVENUE, SUITE 31", "A, A, A")
    assert lines_of("FUND GP LP A A, A AUSTIN, TX 78701", cover=cover) == [
        ["FUND GP LP", "A", "A, A", "AUSTIN, TX 78701"]
    ]
    assert lines_of("FUND GP LP C/O FUND LLC 600 AVENUE, SUITE 31 AUSTIN, TX 78701", cover="") == [["FUND GP LP"]]
