"""One filing with every kind of line, which every layout must represent completely."""

from typing import Final

from tests.generated.filings import Drawn, Line, Owner

_SALE: Final = Line(
    "non_derivative",
    is_transaction=True,
    values={
        "security_title": "Class A Common Stock, par value $.01",
        "transaction_date": "2024-10-29",
        "deemed_execution_date": "2024-10-30",
        "code": "S",
        "form_type": "4",
        "equity_swap_involved": "0",
        "shares": "5000",
        "price_per_share": "38.25",
        "acquired_disposed": "D",
        "shares_owned_following": "460022.5",
        "ownership": "I",
        "nature_of_ownership": "By Family Trust",
    },
    notes={"price_per_share": [1], "nature_of_ownership": [2]},
)
_GIFT: Final = Line(
    "non_derivative",
    is_transaction=True,
    values={
        **{name: value for name, value in _SALE.values.items() if not name.startswith(("price", "deemed", "nature"))},
        "code": "G",
        "form_type": "5",
        "shares": "300",
        "shares_owned_following": "459722.5",
        "ownership": "D",
    },
    notes={"price_per_share": [3]},
)
_HOLDING: Final = Line(
    "non_derivative",
    is_transaction=False,
    values={"security_title": "Common Stock", "shares_owned_following": "28200", "ownership": "D"},
)
_EXERCISE: Final = Line(
    "derivative",
    is_transaction=True,
    values={
        "security_title": "Stock Option (Right to Buy)",
        "exercise_price": "17.5",
        "transaction_date": "2024-10-29",
        "code": "M",
        "form_type": "4",
        "equity_swap_involved": "0",
        "shares": "1200",
        "acquired_disposed": "D",
        "expiration_date": "2030-04-14",
        "underlying_title": "Common Stock",
        "underlying_shares": "1200",
        "price_per_share": "0",
        "shares_owned_following": "800",
        "ownership": "D",
    },
    notes={"exercise_date": [3], "shares": [1, 2]},
)
_NOTE: Final = Line(
    "derivative",
    is_transaction=False,
    values={
        "security_title": "8% Convertible Notes due 2027",
        "exercise_price": "21",
        "exercise_date": "2025-01-02",
        "expiration_date": "2027-01-02",
        "underlying_title": "Common Stock",
        "underlying_shares": "1000000",
        "value_owned_following": "21000000",
        "ownership": "D",
    },
)
EXAMPLE: Final = Drawn(
    form="4",
    amends=True,
    period="2024-10-29",
    original="2024-10-31",
    no_longer_subject=False,
    plan=True,
    issuer="EXAMPLE LANTERNS INC",
    symbol="LAMP",
    owners=[
        Owner(
            "Wicker Ada", "0000912346", "1 TALLOW STREET", "FLOOR 2", "AMHERST", "NY", "14228",
            is_director=True, is_ten_percent_owner=False, officer_title="Chief Financial Officer", other_text="",
        )
    ],
    lines=[_SALE, _GIFT, _HOLDING, _EXERCISE, _NOTE],
    footnotes=[
        "The price is a weighted average; shares were sold at prices from $38.01 to $38.99, inclusive.",
        "Shares held by a trust of which the reporting person is a trustee.",
        "25% vest on the first anniversary, the rest in 36 equal monthly parts.",
    ],
    remarks="Exhibit 24 - Power of Attorney",
    signatures=[("/s/ Bo Taper, attorney-in-fact", "2024-11-01")],
)  # fmt: skip
"""A sale, a gift reported early, a holding, an exercise, and notes by value."""
