"""The verbs and short actions of all transaction codes, by side. Pure.

Codes are those of the forms' general instructions. A phrase is a verb and the words after the amount: `had`, `withheld
for tax` reads "had 1,200 withheld for tax".
"""

from typing import Final, NamedTuple

from contracts.enumerations import AcquiredDisposed
from services.section16.vocabulary import TRANSACTION_CODES


class Phrase(NamedTuple):
    """An owner's action with an amount: the verb before it, the words after it, and the action in one or two words."""

    verb: str
    after: str
    action: str


_WITHHELD: Final = "withheld for tax or the exercise price"
_EXERCISE: Final = "on exercise or vesting"
_EXPIRE: Final = "expire or be cancelled for value"

PHRASES: Final[dict[str, tuple[Phrase, Phrase]]] = {
    "P": (Phrase("bought", "", "Bought"), Phrase("disposed of", "in a purchase", "Purchase, disposed")),
    "S": (Phrase("acquired", "in a sale", "Sale, acquired"), Phrase("sold", "", "Sold")),
    "V": (
        Phrase("acquired", "in an early report", "Acquired"),
        Phrase("disposed of", "in an early report", "Disposed"),
    ),
    "A": (Phrase("was granted", "", "Granted"), Phrase("gave back", "from a grant", "Grant returned")),
    "D": (
        Phrase("acquired", "from the issuer", "From issuer"),
        Phrase("returned", "to the issuer", "To issuer"),
    ),
    "F": (Phrase("got back", _WITHHELD, "Withheld, returned"), Phrase("had", _WITHHELD, "Withheld")),
    "I": (
        Phrase("acquired", "through an employee plan", "Moved by a plan"),
        Phrase("disposed of", "through an employee plan", "Moved by a plan"),
    ),
    "M": (Phrase("received", _EXERCISE, "Exercised"), Phrase("gave up", _EXERCISE, "Exercised")),
    "C": (Phrase("received", "on conversion", "Converted"), Phrase("converted", "", "Converted")),
    "E": (
        Phrase("had a short position of", "expire", "Short expired"),
        Phrase("had a short position of", "expire", "Short expired"),
    ),
    "H": (Phrase("acquired", "as a long position expired", "Expired"), Phrase("let", _EXPIRE, "Expired")),
    "O": (
        Phrase("received", "on exercise out of the money", "Exercised"),
        Phrase("gave up", "on exercise out of the money", "Exercised"),
    ),
    "X": (Phrase("received", "on exercise", "Exercised"), Phrase("gave up", "on exercise", "Exercised")),
    "G": (Phrase("received", "as a gift", "Gift received"), Phrase("gave away", "", "Gift")),
    "L": (
        Phrase("acquired", "in a small purchase", "Small buy"),
        Phrase("disposed of", "in a small transaction", "Small disposal"),
    ),
    "W": (Phrase("inherited", "", "Inherited"), Phrase("passed on", "by will or descent", "Passed on")),
    "Z": (
        Phrase("withdrew", "from a voting trust", "Voting trust"),
        Phrase("deposited", "into a voting trust", "Voting trust"),
    ),
    "J": (
        Phrase("acquired", "other than by purchase", "Other"),
        Phrase("disposed of", "other than by sale", "Other"),
    ),
    "K": (Phrase("acquired", "by equity swap", "Swapped"), Phrase("disposed of", "by equity swap", "Swapped")),
    "U": (
        Phrase("acquired", "in a tender", "Tendered"),
        Phrase("tendered", "in a change of control", "Tendered"),
    ),
}
"""For each code: acquired, disposed of."""

_WITHOUT_CODE: Final = (Phrase("acquired", "", "Acquired"), Phrase("disposed of", "", "Disposed"))


def phrase_of(code: str | None, side: AcquiredDisposed | None) -> Phrase:
    """Return what lines of a code and side say that the owner did.

    Lines that do not state their side get the code's noun, as in "reported 500 as gift, side not stated".

    >>> phrase_of("F", "D")
    Phrase(verb='had', after='withheld for tax or the exercise price', action='Withheld')
    """
    if side is None:
        label = TRANSACTION_CODES[code].label if code in TRANSACTION_CODES else f"code {code}" if code else "a trade"
        return Phrase("reported", f"as {label}, side not stated", "Side not stated")
    acquired, disposed = PHRASES.get(code or "", _WITHOUT_CODE)
    phrase = acquired if side == "A" else disposed
    return phrase._replace(after=f"(code {code})") if code and code not in PHRASES else phrase
