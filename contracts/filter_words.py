"""A filter in words: as one phrase, and condition by condition. Pure."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

CODE_NOUNS: Final[Mapping[str, str]] = {
    "P": "purchases",
    "S": "sales",
    "V": "voluntary early reports",
    "A": "grants",
    "D": "dispositions to the issuer",
    "F": "withholding for tax or exercise price",
    "I": "discretionary transactions",
    "M": "exercises and vestings",
    "C": "conversions",
    "E": "expirations of short positions",
    "H": "expirations of long positions",
    "O": "exercises out of the money",
    "X": "exercises in or at the money",
    "G": "gifts",
    "L": "small acquisitions",
    "W": "transfers by will or descent",
    "Z": "voting trust transactions",
    "J": "other transactions",
    "K": "equity swaps",
    "U": "tenders",
}
"""Transaction codes as plural nouns."""

_SIDES: Final = {"buy": "purchases", "sell": "sales"}
_DIRECTIONS: Final = {"acquired": "acquisitions", "disposed": "disposals"}
_ROLES: Final = {
    "director": "directors",
    "officer": "officers",
    "ten-percent": "10 % owners",
    "other": "owners with another relationship",
}
_KINDS: Final = {
    "opened": "open a holding",
    "increased": "increase a holding",
    "decreased": "decrease a holding",
    "closed": "close a holding",
    "unchanged": "leave a holding unchanged",
    "restated": "restate a holding",
}
_TABLES: Final = {"non_derivative": "non-derivative securities", "derivative": "derivatives"}
_OWNERSHIP: Final = {"D": "held directly", "I": "held indirectly"}
_PLANS: Final = {
    "yes": "under a Rule 10b5-1 plan",
    "no": "not under a Rule 10b5-1 plan",
    "unstated": "on a form without the box for Rule 10b5-1 plans",
}
_EXPLANATIONS: Final = {
    "rounding": "explained by rounding",
    "split": "explained by a split",
    "transfer": "explained by a transfer",
    "amendment": "explained by an amendment",
    "late_report": "explained by a late report",
    "stated": "explained by a footnote",
    "line_error": "explained by an error in the filing's lines",
    "unknown": "unexplained",
}
_DELIVERIES: Final = {"live": "published live", "backfill": "from the archives"}
_JOINT: Final = {"first": "first owner of a joint filing", "all": "every owner of a joint filing"}


class Condition(NamedTuple):
    """One condition of a filter: its field, its value as in a query string, and the condition in words."""

    field: str
    value: str
    words: str


def conditions_of(given: Mapping[str, Sequence[str]]) -> list[Condition]:
    """Return the conditions on the given fields, whose values are as in a query string.

    >>> conditions_of({"min_shares": ["1000"]})
    [Condition(field='min_shares', value='1000', words='at least 1,000 shares')]
    """
    return [Condition(field, value, _WORDS[field](value)) for field, values in given.items() for value in values]


def description_of(given: Mapping[str, Sequence[str]]) -> str:
    """Return the given fields as a phrase: which trades, by whom, of which issuer, and the other conditions.

    >>> description_of({"side": ["buy"], "role": ["director", "officer"], "late": ["yes"]})
    'purchases by directors or officers, filed late'
    """
    words = {field: [_WORDS[field](value) for value in values] for field, values in given.items()}
    parts = [
        _trades(given),
        *_held(words),
        _owners(given),
        _preposed("of", _either([*given.get("ticker", ())])),
        _preposed("of", _either(words.get("issuer", []))),
        _preposed("that", _either([_KINDS[kind] for kind in given.get("kind", ())])),
    ]
    others = [_either(words[field]) for field in _OTHERS if field in words]
    return ", ".join([" ".join(part for part in parts if part), *others])


def _trades(given: Mapping[str, Sequence[str]]) -> str:
    """Return the trades with their minimums, as in `sales of at least $1,000,000`."""
    named = [(field, words) for field, words in _NOUNS.items() if field in given]
    nouns = [_either([words[value] for value in given[field]], "and") for field, words in named]
    least = [_WORDS[field](given[field][0]) for field in ("min_value", "min_shares") if field in given]
    subject = " that are also ".join(nouns) or ("trades" if least else "changes")
    return f"{subject} of {' and '.join(least)}" if least else subject


def _held(words: Mapping[str, Sequence[str]]) -> list[str]:
    return [_preposed("in", _either(words.get("table", ()))), _either(words.get("ownership", ()))]


def _owners(given: Mapping[str, Sequence[str]]) -> str:
    """Return the owners: their roles, names and titles."""
    roles = _either([_ROLES[role] for role in given.get("role", ())])
    names = _either([_party(name) for name in given.get("owner", ())])
    titles = _either([f"“{title}”" for title in given.get("title", ())])
    whose = f"{roles or 'owners'} {names}" if names else roles
    if titles:
        whose = f"{whose or 'officers'} whose title contains {titles}"
    return _preposed("by", whose)


def _party(name: str) -> str:
    """Return how a name, a CIK or a key names a party."""
    return f"with CIK {name}" if name.isdecimal() else f"named “{name.removeprefix('name:')}”"


def _amount(text: str) -> str:
    return f"{Decimal(text):,f}"


def _preposed(preposition: str, words: str) -> str:
    return f"{preposition} {words}" if words else ""


def _either(words: Sequence[str], conjunction: str = "or") -> str:
    """Return the words as alternatives: `A`, `A or B`, `A, B or C`."""
    return f" {conjunction} ".join(part for part in (", ".join(words[:-1]), "".join(words[-1:])) if part)


_NOUNS: Final = {"side": _SIDES, "code": CODE_NOUNS, "direction": _DIRECTIONS}
_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "ticker": str,
    "issuer": lambda name: f"companies {_party(name)}",
    "owner": lambda name: f"owners {_party(name)}",
    "kind": _KINDS.__getitem__,
    "code": CODE_NOUNS.__getitem__,
    "side": _SIDES.__getitem__,
    "direction": _DIRECTIONS.__getitem__,
    "role": _ROLES.__getitem__,
    "title": lambda title: f"title contains “{title}”",
    "min_value": lambda amount: f"at least ${_amount(amount)}",
    "min_shares": lambda amount: f"at least {_amount(amount)} shares",
    "min_change_percent": lambda amount: f"changing the holding by at least {_amount(amount)} %",
    "table": _TABLES.__getitem__,
    "ownership": _OWNERSHIP.__getitem__,
    "form": lambda form: f"on Form {form}",
    "plan": _PLANS.__getitem__,
    "late": {"yes": "filed late", "no": "filed on time"}.__getitem__,
    "amended": {"yes": "in amendments", "no": "not in amendments"}.__getitem__,
    "explanation": _EXPLANATIONS.__getitem__,
    "delivery": _DELIVERIES.__getitem__,
    "joint": _JOINT.__getitem__,
    "since": lambda day: f"filed on or after {day}",
    "until": lambda day: f"filed on or before {day}",
}
"""The words of a condition, by field: from its value as in a query string."""

_OTHERS: Final = (
    "min_change_percent", "form", "plan", "late", "amended", "explanation", "delivery", "joint", "since", "until",
)  # fmt: skip
"""Fields whose conditions follow the phrase, after commas."""
