"""What an owner did, by transaction code and side: the one table of verbs. Pure.

Codes are those of the forms' general instructions. An entry is a verb and what follows the amount: `had`, `withheld
for tax` reads "had 1,200 withheld for tax".
"""

from typing import Final

from contracts.enumerations import AcquiredDisposed
from services.section16.vocabulary import TRANSACTION_CODES

Verb = tuple[str, str]

VERBS: Final[dict[str, tuple[Verb, Verb]]] = {
    "P": (("bought", ""), ("disposed of", "in a purchase")),
    "S": (("acquired", "in a sale"), ("sold", "")),
    "V": (("acquired", "(reported early)"), ("disposed of", "(reported early)")),
    "A": (("was granted", ""), ("returned", "of a grant")),
    "D": (("acquired", "from the issuer"), ("disposed of", "to the issuer")),
    "F": (("got back", "withheld for tax"), ("had", "withheld for tax")),
    "I": (("acquired", "within an employee plan"), ("disposed of", "within an employee plan")),
    "M": (("exercised", ""), ("exercised", "")),
    "C": (("received", "by conversion"), ("converted", "")),
    "E": (("had a short position of", "expire"), ("had a short position of", "expire")),
    "H": (("acquired", "as a long position expired"), ("had", "expire or be cancelled for value")),
    "O": (("exercised", "out of the money"), ("exercised", "out of the money")),
    "X": (("exercised", "in or at the money"), ("exercised", "in or at the money")),
    "G": (("received", "as a gift"), ("gave", "")),
    "L": (("acquired", "in a small acquisition"), ("disposed of", "in a small transaction")),
    "W": (("inherited", ""), ("passed on", "by will or descent")),
    "Z": (("withdrew", "from a voting trust"), ("deposited", "into a voting trust")),
    "J": (("acquired", "(other: see footnote)"), ("disposed of", "(other: see footnote)")),
    "K": (("acquired", "by equity swap"), ("disposed of", "by equity swap")),
    "U": (("acquired", "in a tender"), ("tendered", "in a change of control")),
}
"""For each code: acquired, disposed of."""

_WITHOUT_CODE: Final[tuple[Verb, Verb]] = (("acquired", ""), ("disposed of", ""))


def verb_of(code: str | None, side: AcquiredDisposed | None) -> Verb:
    """Return the verb for lines of a code and side, and the words that follow the amount.

    Lines that do not state their side get the code's noun, as in "reported 500 as gift".
    """
    if side is None:
        label = TRANSACTION_CODES[code].label if code in TRANSACTION_CODES else f"code {code}" if code else "a trade"
        return ("reported", f"as {label}, side not stated")
    unknown = f"(code {code})" if code and code not in VERBS else ""
    acquired, disposed = VERBS.get(code or "", _WITHOUT_CODE)
    verb, after = acquired if side == "A" else disposed
    return verb, after or unknown
