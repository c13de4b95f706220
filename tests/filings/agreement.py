"""Whether a rendering's events agree with those of the document it was made from, value by value.

`python -m tests.filings.agreement [folder or file ...] [-v]` measures the corpus; `-v` names each miss.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Final

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from tests.event_json import json_of
from tests.filings.renderings import Rendering, chosen
from tests.filings.unshown import NOTHING, Value, why_unshown

Event = dict[str, Any]
"""An event as its JSON has it."""

_LISTS: Final = ("transactions", "holdings", "signatures")
_APART: Final = ("diagnostics", "co_owners", "owner_index", "owner_count", "footnotes", *_LISTS)
"""Parts of an event that are compared in their own way."""

_DERIVED: Final = ("key", "tickers", "filing_id", "source_format")
"""What follows from other fields, and what differs by design: not compared."""


@dataclass(slots=True)
class Agreement:
    """Values that agree, that the rendering cannot show, that are lost, and that contradict; and how it was refused."""

    same: int = 0
    untraced: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    raised: str | None = None

    @property
    def compared(self) -> int:
        """Return the values that the rendering can show."""
        return self.same + len(self.lost) + len(self.wrong)

    @property
    def share(self) -> float:
        """Return the share of them that is right; everything if there is nothing to compare."""
        return self.same / self.compared if self.compared else 1.0


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One rendering's make and the document it is of, and what was found so far."""

    make: frozenset[str]
    filing: Event
    cover: Event
    found: Agreement

    def value(self, path: str, filed: Any, shown: Any, around: Event) -> None:
        """Return one value of either side."""
        if filed in NOTHING and shown in NOTHING:
            return
        name = path.rsplit(".", 1)[-1] if ".footnotes." not in path else f"footnotes.{path.rsplit('.', 1)[-1]}"
        if _same(filed, shown):
            self.found.same += 1
            return
        value = Value(path, name, filed, shown, around, self.filing, self.make, self.cover)
        reason = why_unshown(value)
        if reason is not None:
            self.found.untraced.append(f"{path}: {filed!r} ({reason})")
        elif filed in NOTHING:
            self.found.wrong.append(f"{path}: nothing is filed, {shown!r} shown")
        elif shown in NOTHING:
            self.found.lost.append(f"{path}: {filed!r}")
        else:
            self.found.wrong.append(f"{path}: {filed!r} is filed, {shown!r} shown")

    def fields(self, path: str, filed: Event, shown: Event) -> None:
        """Return the fields of a part."""
        for name in {**filed, **shown}:
            if name not in (*_APART, *_DERIVED):
                self.value(f"{path}.{name}", filed.get(name), shown.get(name), filed)

    def citations(self, path: str, filed: Event, shown: Event) -> None:
        """Return the footnotes that each value of a line cites."""
        moved = set(filed["footnotes"].get("acquired_disposed", ())) if filed["table"] == "derivative" else set()
        for name in {**filed["footnotes"], **shown["footnotes"]}:
            of_xml, of_text = filed["footnotes"].get(name, ()), shown["footnotes"].get(name, ())
            for identity in dict.fromkeys([*of_xml, *of_text]):
                left, right = (identity if identity in ids else None for ids in (of_xml, of_text))
                if left is None and name in ("shares", "total_value") and identity in moved:
                    continue
                self.value(f"{path}.footnotes.{name}", left, right, filed)

    def list_of(self, path: str, filed: Sequence[Event], shown: Sequence[Event], *, whole: bool = True) -> None:
        """Return the lines (or signatures) of one kind, each with the one most like it, in order.

        Where not the `whole` of both tables is read, the lines' own numbers count other lines, and are left out.
        """
        for left, right in _paired(filed, shown):
            if left is None:
                assert right is not None
                self.found.wrong.append(f"{path}: nothing is filed, {_is_reported(right)} shown")
                continue
            here = f"{path}[{filed.index(left)}]"
            beside = right or {"footnotes": {}}
            if not whole:
                left, beside = ({key: part[key] for key in part if key != "line"} for part in (left, beside))  # noqa: PLW2901 - it counts the lines that are read
            self.fields(here, left, beside)
            if "table" in left:
                self.citations(here, left, beside)

    def owners(self, filed: Sequence[Event], shown: Sequence[Event]) -> None:
        """Return the owners, each beside the one most like it, in order."""
        owners = [event["owner"] for event in filed]
        for left, right in _paired(owners, [event["owner"] for event in shown]):
            if left is None:
                self.found.wrong.append(f"owners: nothing is filed, {_is_reported(right or {})} shown")
            else:
                self.fields(f"owners[{owners.index(left)}]", left, right or {})


def compare(filed: Sequence[Event], shown: Sequence[Event], make: frozenset[str] = frozenset()) -> Agreement:
    """Compare each value of the events of a rendering with those of the document as filed.

    Values that the owners of a joint filing share are compared once.
    """
    found = Agreement()
    of = _Comparison(make, filed[0]["filing"], filed[0]["owner"], found)
    if any(_shared(event) != _shared(shown[0]) for event in shown[1:]):
        found.wrong.append("the events of one filing differ in what they share")
    nothing: Event = {"filing": {"signatures": []}, "issuer": {}, "footnotes": {}, "transactions": [], "holdings": []}
    first = shown[0] if shown else nothing
    of.fields("filing", filed[0]["filing"], first["filing"])
    of.fields("issuer", filed[0]["issuer"], first["issuer"])
    of.fields("footnotes", filed[0]["footnotes"], first["footnotes"])
    of.list_of("filing.signatures", filed[0]["filing"]["signatures"], first["filing"]["signatures"])
    lines = [sum(len(event[kind]) for kind in ("transactions", "holdings")) for event in (filed[0], first)]
    for kind in ("transactions", "holdings"):
        of.list_of(kind, filed[0][kind], first[kind], whole=lines[0] == lines[1])
    of.owners(filed, shown)
    return found


def measure(rendering: Rendering) -> Agreement:
    """Compare one rendering with the document it was made from. If it is refused, all its values are lost."""
    filed = dumped(rendering.filed.read_bytes())
    raised = None
    try:
        shown = dumped(rendering.path.read_bytes())
    except InvalidFiling as refusal:
        shown, raised = [], str(refusal)
    found = compare(filed, shown, rendering.make)
    found.raised = raised
    return found


def dumped(content: bytes) -> list[Event]:
    """Return the events of a file, as their JSON has them."""
    return [json_of(event) for event in parse_filing(content)]


def summed(each: Sequence[Agreement]) -> Agreement:
    """Return several renderings as one."""
    total = Agreement()
    for found in each:
        total.same += found.same
        total.untraced.extend(found.untraced)
        total.lost.extend(found.lost)
        total.wrong.extend(found.wrong)
    return total


def _shared(event: Event) -> Event:
    return {name: part for name, part in event.items() if not name.startswith(("owner", "co_owners", "diagnostics"))}


def _is_reported(part: Event) -> str:
    return " ".join(str(value) for value in part.values() if value not in NOTHING)


def _same(filed: Any, shown: Any) -> bool:
    if isinstance(filed, str) and isinstance(shown, str):
        if " ".join(filed.split()) == " ".join(shown.split()):
            return True
        try:
            return Decimal(filed) == Decimal(shown)
        except InvalidOperation:
            return False
    return bool(filed == shown)


def _paired(filed: Sequence[Event], shown: Sequence[Event]) -> Iterator[tuple[Event | None, Event | None]]:
    """Return the parts in pairs, in order, so that the most values agree: an alignment by dynamic programming."""
    if len(filed) == len(shown):
        yield from zip(filed, shown, strict=True)
        return
    best = [[0] * (len(shown) + 1) for _ in range(len(filed) + 1)]
    for i in reversed(range(len(filed))):
        for j in reversed(range(len(shown))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + _alike(filed[i], shown[j]))
    i = j = 0
    while i < len(filed) and j < len(shown):
        if best[i][j] == best[i + 1][j + 1] + _alike(filed[i], shown[j]):
            yield filed[i], shown[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield filed[i], None
            i += 1
        else:
            yield None, shown[j]
            j += 1
    yield from ((left, None) for left in filed[i:])
    yield from ((None, right) for right in shown[j:])


def _alike(filed: Event, shown: Event) -> int:
    return sum(
        value not in NOTHING and _same(value, shown.get(name))
        for name, value in filed.items()
        if name not in ("line", "table", "footnotes")
    )


def main(arguments: Sequence[str]) -> None:
    """Print what share of each folder is right, and with `-v` every miss."""
    verbose = "-v" in arguments
    wanted = [text for text in arguments if text != "-v"]
    out = sys.stdout.write
    head = ("files", "values", "right", "untraced", "lost", "wrong", "raised")
    summary = [f"{'':18}" + "".join(f"{word:>10}" for word in head)]
    for folder, group in groupby(chosen(wanted), key=lambda one: one.folder):
        each = [(one, measure(one)) for one in group]
        for one, found in each if verbose else ():
            out(f"{one.name}: {found.share:.2%} of {found.compared}, from {one.filed.parent.name}/{one.filed.name}\n")
            if found.raised:
                out(f"  raised {found.raised}\n")
                continue
            for what in ("untraced", "lost", "wrong"):
                out("".join(f"  {what}  {miss[:200]}\n" for miss in getattr(found, what)))
        total = summed([found for _, found in each])
        raised = sum(found.raised is not None for _, found in each)
        numbers = [len(total.untraced), len(total.lost), len(total.wrong), raised]
        row = f"{folder:18}{len(each):>10}{total.compared:>10}{total.share:>10.2%}"
        summary.append(row + "".join(f"{number:>10}" for number in numbers))
    out("\n".join(summary) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
