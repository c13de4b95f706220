"""The four texts that started it all: each must give what a careful human reader would write down."""

import pytest

from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.filings.corpus import SEEDS, files_of

pytestmark = pytest.mark.skipif(not files_of(SEEDS, "*.txt"), reason="there are no seed texts in ../shared/seeds")

ALLIED_MOTION = Hints(issuer=PartyHint(cik="0000046129", name="ALLIED MOTION TECHNOLOGIES INC", trading_symbol="AMOT"))


def seed(number: str, hints: Hints | None = None) -> TransactionsReported:
    """Return the one event of a seed."""
    (path,) = files_of(SEEDS, f"{number}_*.txt")
    (event,) = parse_filing(path.read_bytes(), hints=hints)
    return event


def test_the_form_4_without_a_title_is_one_by_its_omb_number() -> None:
    """Seed 001: the header's facts."""
    event = seed("001")
    assert event.filing.form_type == "4"
    assert event.filing.source_format == "text"
    assert str(event.filing.period_of_report) == "2019-10-29"
    assert event.filing.remarks is None
    assert event.issuer.key == "name:ALLIED MOTION TECHNOLOGIES INC"
    assert event.issuer.tickers == ("AMOT",)
    owner = event.owner
    assert owner.key == "name:SMITH RICHARD D /CO/"
    assert (owner.street1, owner.street2) == ("C/O ALLIED MOTION TECHNOLOGIES INC.", "495 COMMERCE DRIVE, SUITE 3")
    assert (owner.city, owner.state, owner.zip_code) == ("AMHERST", "NY", "14228")
    assert (owner.is_director, owner.is_officer, owner.is_ten_percent_owner, owner.is_other) == (
        True,
        False,
        False,
        False,
    )
    (signature,) = event.filing.signatures
    assert signature.name == "Susan M. Chiarmonte, attorney-in fact for Richard D. Smith"
    assert signature.date == "2019-10-31"
    assert event.diagnostics == ()


def test_the_sale_in_lower_case_is_a_sale_with_its_footnote() -> None:
    """Seed 001: three lines, numbered over both kinds, and bulleted footnotes by their order."""
    event = seed("001")
    (sale,) = event.transactions
    assert (sale.line, sale.code, sale.shares, sale.price_per_share) == (1, "S", "5000", "38")
    assert (sale.acquired_disposed, sale.shares_owned_following) == ("D", "460022")
    assert (sale.ownership, sale.nature_of_ownership) == ("I", "By Family Trust")
    assert str(sale.transaction_date) == "2019-10-29"
    assert sale.footnotes == {"code": ("F1",)}
    direct, minors = event.holdings
    assert (direct.line, direct.shares_owned_following, direct.ownership, direct.footnotes) == (0, "1887", "D", {})
    assert (minors.line, minors.shares_owned_following, minors.ownership) == (2, "28200", "I")
    assert minors.nature_of_ownership == "By UGMA Accounts"
    assert minors.footnotes == {"nature_of_ownership": ("F2",)}
    assert list(event.footnotes) == ["F1", "F2"]
    assert event.footnotes["F1"].startswith("The sales reported in this Form 4")


def test_price_given_only_by_a_footnote_is_null() -> None:
    """Seed 002: Form 5, a gift without a price, and markers joined to amounts."""
    event = seed("002")
    assert event.filing.form_type == "5"
    assert str(event.filing.period_of_report) == "2013-12-31"
    (gift,) = event.transactions
    assert (gift.code, gift.shares, gift.price_per_share, gift.acquired_disposed) == ("G", "2000", None, "D")
    assert gift.shares_owned_following == "602043"
    assert gift.footnotes == {"price_per_share": ("F1",)}
    assert [(line.line, line.shares_owned_following) for line in event.holdings] == [
        (0, "31346"),
        (2, "900"),
        (3, "17408"),
        (4, "0"),
    ]
    assert [line.footnotes for line in event.holdings[2:]] == [{"shares_owned_following": ("F2",)}] * 2
    assert event.holdings[3].nature_of_ownership == "By ESOP Trust"
    assert event.filing.signatures[0].name == "Susan M. Chiaromonte, attorney-in fact for Richard D. Smith"
    assert event.diagnostics == ()


def test_a_pipe_table_with_tags_is_read() -> None:
    """Seed 003: breaks, superscripts and an escaped dollar sign; Table II has lost a column and has no rows."""
    event = seed("003")
    assert event.filing.form_type == "4"
    (purchase,) = event.transactions
    assert (purchase.code, purchase.shares, purchase.price_per_share) == ("P", "785", "7")
    assert (purchase.acquired_disposed, purchase.shares_owned_following, purchase.ownership) == ("A", "12759", "D")
    assert purchase.footnotes == {"shares": ("F1",)}
    assert event.holdings == ()
    assert event.owner.name == "Federico Richard D"
    assert (event.owner.street2, event.owner.city) == ("23 INVERNESS WAY EAST, STE. 150", "ENGLEWOOD")
    (signature,) = event.filing.signatures
    assert signature.name == "Susan M. Chiarmonte, attorney-in-fact for Richard D. Federico"
    assert signature.date == "2013-05-21"
    assert event.diagnostics == ()


def test_fragment_without_its_header_needs_a_hint_of_the_issuer() -> None:
    """Seed 000: nothing shows whose shares they are."""
    with pytest.raises(InvalidFiling) as refused:
        seed("000")
    assert refused.value.code == "no_issuer"


def test_fragment_gives_the_readable_values_and_guesses_nothing() -> None:
    """Seed 000: two good rows, an invalid number, and a cross whose column is lost."""
    event = seed("000", ALLIED_MOTION)
    assert event.filing.form_type == "4"
    assert event.issuer.key == "0000046129"
    assert event.owner.name == "SMITH RICHARD D /CO/"
    assert (event.owner.city, event.owner.state, event.owner.zip_code) == ("AMHERST", "NY", "14228")
    assert event.owner.is_director is None
    broken, spouse, own = event.holdings
    assert (broken.security_title, broken.shares_owned_following, broken.ownership) == ("Stock", None, None)
    assert broken.nature_of_ownership == "Family Trust"
    assert broken.footnotes == {}
    assert (spouse.shares_owned_following, spouse.ownership, spouse.nature_of_ownership) == (
        "900",
        "I",
        "By Spouse's IRA",
    )
    assert (own.shares_owned_following, own.ownership, own.nature_of_ownership) == ("18016", "I", "By IRA")
    assert event.transactions == ()
    assert list(event.footnotes) == ["F1", "F2", "F3"]
    assert event.filing.signatures[0].date == "2015-03-18"
    assert [(found.code, found.field, found.raw) for found in event.diagnostics] == [
        ("fragment", None, None),
        ("ambiguous_column", "holdings[0]", "30,7836 (3)"),
        ("ambiguous_relationship", "owner", "X"),
    ]
