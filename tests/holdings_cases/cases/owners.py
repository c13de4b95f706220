"""Cases of joint filings: each owner has a book, and alerts with the owner's roles."""

from typing import Final

from contracts.structs import CoOwner, Owner, TransactionsReported
from tests.holdings_cases.case import Case
from tests.holdings_cases.filing_builders import filing, sell

NOTE: Final = "Common Stock I See footnote"
FUND: Final = Owner(
    key="0007000021", cik="0007000021", name="ANVIL FUND LP", is_ten_percent_owner=True, is_director=False
)
PARTNER: Final = Owner(key="0007000022", cik="0007000022", name="ANVIL GP LLC", is_director=None)
HEAD: Final = Owner(key="0007000023", cik="0007000023", name="STONE IDA", is_director=True, is_officer=False)


def joint(number: int, period: str, shares: int, after: int, *owners: Owner) -> tuple[TransactionsReported, ...]:
    """Make the reports of a joint filing, one for each owner, in the order given."""
    return tuple(
        filing(
            number,
            period,
            sell(shares, after, by="See footnote", notes={"nature_of_ownership": ("F1",)}),
            notes={"F1": "Held by Anvil Fund LP."},
            owner=owner,
            owner_index=place,
            owner_count=len(owners),
            co_owners=tuple(CoOwner(key=each.key, cik=each.cik, name=each.name) for each in owners if each != owner),
        )
        for place, owner in enumerate(owners)
    )


CASES: Final[tuple[Case, ...]] = (
    Case(
        name="joint-filing-with-owners-in-another-order",
        says="Each owner of a joint filing gets an alert with their own roles, and a book that moves on its own",
        filings={
            "1": joint(1, "2023-05-01", 100, 7000, FUND, PARTNER, HEAD),
            "2": joint(2, "2023-06-01", 300, 6700, HEAD, FUND, PARTNER),
            "3": joint(3, "2023-07-03", 200, 6500, FUND),
        },
        held={f"{FUND.name} {NOTE}": 6500, f"{PARTNER.name} {NOTE}": 6700, f"{HEAD.name} {NOTE}": 6700},
        alerts={
            "2": {
                f"{HEAD.name} {NOTE}": {"owner_place": (0, 3), "ledger": 7000, "un": 0, "roles": (True, False, None)},
                f"{FUND.name} {NOTE}": {"owner_place": (1, 3), "ledger": 7000, "un": 0, "roles": (False, None, True)},
                f"{PARTNER.name} {NOTE}": {"owner_place": (2, 3), "ledger": 7000, "un": 0, "roles": (None, None, None)},
            },
            "3": {f"{FUND.name} {NOTE}": {"owner_place": (0, 1), "ledger": 6700, "un": 0}},
        },
    ),
)
