"""Texts that terminals, pages and messages share: counts with their nouns, and long texts cut to a line. Pure."""

from contracts.structs import Issuer


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "alert"), plural(1234, "alert")
    ('1 alert', '1,234 alerts')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """Return the words of a text on one line: if it is longer than `most` characters, the first of them.

    Only the beginning is looked at: `textwrap.shorten` splits all of a footnote, a fifth of a millisecond for each.

    >>> shortened("A weighted average of several sales", 20)
    'A weighted average …'
    """
    beginning = text[: 4 * most]
    line = " ".join(beginning.split())
    if len(beginning) < len(text) and len(line) <= most:
        line = " ".join(text.split())
    if len(line) <= most:
        return line
    return f"{line[: most - 1].rpartition(' ')[0] or line[: most - 2]} …"


def ticker(issuer: Issuer) -> str:
    """Return the issuer's first ticker symbol, else its name.

    >>> ticker(Issuer(key="1", name="ACME", tickers=("ACM",)))
    'ACM'
    """
    return issuer.tickers[0] if issuer.tickers else issuer.name
