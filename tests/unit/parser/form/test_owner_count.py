"""The number of owners of a joint filing, even if the names of some cannot be read."""

from contracts.structs import TransactionsReported
from services.parser import parse_filing

_PAGE = """FORM 4

1. Name and Address of Reporting Person*<br>DOE JANE (Last)\t2. Issuer Name and Ticker or Trading Symbol ACME [ AC ]

Table I - Non-Derivative Securities

| 1. Title of Security | 5. Amount of Securities Beneficially Owned | 6. Ownership Form | 7. Nature of |
| Common Stock | 500 | D | |

Reporting Owners

| Reporting Owner Name / Address | Director | 10% Owner | Officer | Other |
"""


def read(*owners: str) -> list[TransactionsReported]:
    """Return the events of a page with these rows in the owners' table."""
    rows = [f"| {owner} | | X | | |" for owner in ("DOE JANE<br>1 MAIN ST<br>AUSTIN, TX 78701", *owners)]
    return parse_filing(_PAGE + "\n".join(rows))


def test_owner_whose_name_runs_into_the_address_counts() -> None:
    """Otherwise a trade of eight owners would be reported for fewer."""
    (event,) = read("ALPHA FUND LP 2 OAK ST AUSTIN, TX 78701", "BETA FUND LP 2 OAK ST AUSTIN, TX 78701")
    assert (event.owner.name, event.owner_count) == ("DOE JANE", 3)
    raws = [found.raw for found in event.diagnostics if found.code == "unreadable_owner"]
    assert [raw is not None and raw[:9] for raw in raws] == ["ALPHA FUN", "BETA FUND"]


def test_known_owner_listed_again_counts_once() -> None:
    """The page names the first owner on its cover too."""
    (event,) = read("DOE JANE 3 ELM ST AUSTIN, TX 78701")
    assert event.owner_count == 1
