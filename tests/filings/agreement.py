"""Whether a rendering's events agree with those of the XML it was made from, value by value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

UNSHOWN: Final = {
    "cik": "no rendering carries a CIK",
    "key": "follows from the CIK",
    "state_description": "no rendering has it",
    "schema_version": "null outside XML",
    "source_format": "what differs by design",
    "filing_id": "a hash of the text",
    "tickers": "follows from the trading symbol",
}
"""Fields that a rendering cannot give, and why: not compared."""

LOST: Final = {
    "no_securities_owned": "a rendering says so only where it is true",
    "not_subject_to_section16": "an unchecked box left no trace",
    "form3_holdings_reported": "an unchecked box left no trace",
    "form4_transactions_reported": "an unchecked box left no trace",
    "form_type": "a line's own form is shown only where it is another (V)",
    "equity_swap_involved": "shown only where it is true (K)",
    "timeliness": "an early line has its form type alone",
}
"""Fields that a rendering may leave null without a diagnostic, and why."""


@dataclass(slots=True)
class Agreement:
    """Values that are the same; null in the rendering, which cannot show them (`LOST`); null; and contradicting."""

    same: int = 0
    untraced: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part of the XML's values that the rendering gives, of those it can show."""
        return self.same / (self.same + len(self.lost) + len(self.wrong))


def compare(of_xml: Sequence[dict[str, Any]], of_text: Sequence[dict[str, Any]]) -> Agreement:
    """Each value of the events of a rendering against those of the XML."""
    found = Agreement()
    if len(of_xml) != len(of_text):
        found.wrong.append(f"{len(of_xml)} owners, {len(of_text)} in the text")
    for xml, text in zip(of_xml, of_text, strict=False):
        ambiguous = any(problem["code"] == "ambiguous_relationship" for problem in text["diagnostics"])
        for path, filed, shown in _values("", xml, text):
            name = path.rsplit(".", 1)[-1]
            if name in UNSHOWN or filed in (None, [], {}) or path.startswith(".diagnostics"):
                if shown not in (None, [], {}, filed) and name not in UNSHOWN and not path.startswith(".diagnostics"):
                    found.wrong.append(f"{path}: nothing, {shown!r} in the text")
            elif _same(filed, shown):
                found.same += 1
            elif shown is None and name in LOST:
                found.untraced.append(f"{path}: {filed!r}")
            elif shown is None or (ambiguous and name.startswith("is_")):
                found.lost.append(f"{path}: {filed!r}")
            else:
                found.wrong.append(f"{path}: {filed!r}, {shown!r} in the text")
    return found


def _values(path: str, xml: Any, text: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(xml, dict) and isinstance(text, dict):
        for name in {**xml, **text}:
            yield from _values(f"{path}.{name}", xml.get(name), text.get(name))
    elif isinstance(xml, list) and isinstance(text, list) and len(xml) == len(text):
        for index, (left, right) in enumerate(zip(xml, text, strict=True)):
            yield from _values(f"{path}[{index}]", left, right)
    else:
        yield path, xml, text


def _same(filed: Any, shown: Any) -> bool:
    if filed == shown:
        return True
    if not isinstance(filed, str) or not isinstance(shown, str):
        return False
    try:
        return Decimal(filed) == Decimal(shown)
    except InvalidOperation:
        return False
