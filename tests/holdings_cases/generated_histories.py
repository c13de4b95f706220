"""Generated histories of one owner: well-formed filings in their true order, and what is held at their end."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.structs import TransactionsReported
from tests.holdings_cases.filing_builders import COMMON, RSU, Line, filing, hold, rsu, trade

HOLDERS: Final[dict[str | None, int]] = {None: 1_000_003, "By Trust A": 2_300_017, "By Trust B": 5_900_029}
"""The holders of common stock, and amounts so far apart that none is taken for another's, even doubled or tripled."""

FIRST_DAY: Final = date(2023, 1, 9)
GRANTS: Final = (40_009, 70_039, 130_043, 190_051, 310_019, 370_003)
"""Sizes of grants, so far apart that none is taken for another's, even doubled or tripled."""
AT_AMOUNT: Final = {"shares_owned_following": ("F1",)}

Draw = Callable[[st.SearchStrategy[int]], int]


class History:
    """The filings so far and the true holdings: common stock by holder, restricted units by grant."""

    def __init__(self) -> None:
        self.filings: list[TransactionsReported] = []
        self.common: dict[str | None, int] = dict(HOLDERS)
        self.grants: list[int] = []
        self.day = FIRST_DAY
        self.split = False
        self.listed: list[dict[str | None, int]] = [dict(HOLDERS)]
        """For each filing, the amount of common stock after it, by holder listed."""

    def held(self) -> dict[str, list[int]]:
        """Return the amounts held by label, zero ones left out."""
        named = {f"{COMMON} {'D' if by is None else f'I {by}'}": [amount] for by, amount in self.common.items()}
        units = sorted(amount for amount in self.grants if amount)
        return {label: amounts for label, amounts in (*named.items(), (f"{RSU} D", units)) if any(amounts)}

    def file(self, *lines: Line, note: str | None = None) -> None:
        """File a Form 4 of a new day."""
        self.day += timedelta(7)
        notes = {"F1": note} if note else None
        self.filings.append(filing(len(self.filings) + 1, self.day.isoformat(), *lines, notes=notes))
        self.list(lines)

    def list(self, lines: Sequence[Line]) -> None:
        """Remember what a filing lists."""
        holders = {line.nature_of_ownership for line in lines if line.table == "non_derivative"}
        self.listed.append({by: self.common[by] for by in holders})

    def __repr__(self) -> str:
        """Show each filing's lines in short: a failing history is read by a person."""
        shown = []
        for report in self.filings:
            lines = sorted((*report.transactions, *report.holdings), key=lambda line: line.line)
            words = (
                (getattr(line, "code", "-"), getattr(line, "shares", ""), line.shares_owned_following) for line in lines
            )
            holders = (line.nature_of_ownership or line.security_title or "" for line in lines)
            shown.append(
                f"{report.filing.form_type} {report.filing.period_of_report} {list(zip(words, holders, strict=True))}"
            )
        return "\n".join(shown)

    def move(self, code: str, by: str | None, change: int) -> Line:
        """Move common stock of a holder, and return the line that reports it."""
        self.common[by] += change
        return trade(code, "A" if change > 0 else "D", abs(change), self.common[by], by=by, at=50)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a Form 3 and up to six filings: trades, gifts to trusts, grants, vestings, amendments, at most one split."""
    history = History()
    history.filings.append(
        filing(1, FIRST_DAY.isoformat(), *(hold(amount, by=by) for by, amount in HOLDERS.items()), form="3")
    )
    for _ in range(draw(st.integers(1, 6))):
        draw(st.sampled_from(_STEPS))(history, draw)
    return history


def _trades(history: History, draw: st.DrawFn) -> None:
    """Buy or sell for one to three holders, in one line or two each."""
    lines: list[Line] = []
    for by in draw(st.lists(st.sampled_from(list(HOLDERS)), min_size=1, max_size=3, unique=True)):
        parts = draw(st.lists(st.integers(1, 400), min_size=1, max_size=2))
        side = draw(st.sampled_from([1, -1])) if history.common[by] > sum(parts) else 1
        lines += (history.move("P" if side > 0 else "S", by, side * part) for part in parts)
    history.file(*lines)


def _latest_first(history: History, draw: st.DrawFn) -> None:
    """Sell in two lines, listed with the later one first."""
    first, second = (history.move("S", None, -draw(st.integers(1, 400))) for _ in range(2))
    history.file(second, first)


def _gift(history: History, draw: st.DrawFn) -> None:
    """Give to a trust: one line on each side."""
    shares = draw(st.integers(1, 400))
    history.file(history.move("G", None, -shares), history.move("G", "By Trust A", shares))


def _sold_out(history: History, draw: st.DrawFn) -> None:
    """Sell all that a trust holds, if it holds anything; else buy for it."""
    by = draw(st.sampled_from(["By Trust A", "By Trust B"]))
    held = history.common[by]
    history.file(history.move("S", by, -held) if held else history.move("P", by, HOLDERS[by]))


def _listing(history: History, draw: st.DrawFn) -> None:
    """Trade directly, and list what the trusts hold."""
    line = history.move("P", None, draw(st.integers(1, 400)))
    history.file(line, *(hold(amount, by=by) for by, amount in history.common.items() if by is not None and amount))


def _grant(history: History, draw: st.DrawFn) -> None:
    """Receive restricted units, each grant of another size."""
    amount = GRANTS[len(history.grants)] + draw(st.integers(0, 99))
    history.grants.append(amount)
    history.file(rsu(trade("A", "A", amount, amount, at=0)))


def _vest(history: History, draw: st.DrawFn) -> None:
    """Receive shares for units of one grant, a part of them withheld for tax; without a grant, trade."""
    held = [place for place, amount in enumerate(history.grants) if amount]
    if not held:
        _trades(history, draw)
        return
    place = draw(st.sampled_from(held))
    units = draw(st.sampled_from([history.grants[place], min(137, history.grants[place])]))
    history.grants[place] -= units
    history.file(
        history.move("M", None, units),
        history.move("F", None, -(units // 3 + 1)),
        rsu(trade("M", "D", units, history.grants[place], at=0)),
    )


def _amended_price(history: History, draw: st.DrawFn) -> None:
    """Sell at a price, and correct the price a week later."""
    line = history.move("S", None, -draw(st.integers(1, 400)))
    history.file(line)
    _amendment_of(history)(replace(line, price_per_share="51.25"))


def _amended_shares(history: History, draw: st.DrawFn) -> None:
    """Buy or sell, and correct the number a week later: nothing was filed in between."""
    by = draw(st.sampled_from(list(HOLDERS)))
    before, sign = history.common[by], 1 if history.common[by] <= 900 else -1
    for shares, file in (
        (draw(st.integers(1, 400)), history.file),
        (draw(st.integers(401, 900)), _amendment_of(history)),
    ):
        history.common[by] = before
        file(history.move("P" if sign > 0 else "S", by, sign * shares))


def _split(history: History, draw: st.DrawFn) -> None:
    """Split the stock two or three for one, once: the filing lists everything held, and a footnote mentions the split.

    With several grants of one label, nothing says which grant an amount belongs to, so none is split then.
    """
    if history.split or sum(map(bool, history.grants)) > 1:
        _trades(history, draw)
        return
    history.split = True
    ratio = draw(st.sampled_from([2, 3]))
    history.common = {by: ratio * amount for by, amount in history.common.items()}
    history.grants = [ratio * amount for amount in history.grants]
    sold = replace(history.move("S", None, -draw(st.integers(1, 400))), footnotes=AT_AMOUNT)
    rest = (hold(amount, by=by, notes=AT_AMOUNT) for by, amount in history.common.items() if by is not None and amount)
    units = (rsu(hold(amount, notes=AT_AMOUNT)) for amount in history.grants if amount)
    history.file(sold, *rest, *units, note=f"Reflects a {ratio}-for-1 stock split.")


def _amendment_of(history: History) -> Callable[[Line], None]:
    """Return a function that files a Form 4/A of the last filing with a replacement line."""

    def amend(line: Line) -> None:
        original = history.filings[-1].filing
        assert original.period_of_report is not None
        assert original.filed_on is not None
        history.day += timedelta(7)
        history.filings.append(
            filing(
                len(history.filings) + 1,
                original.period_of_report.isoformat(),
                line,
                form="4/A",
                amends=original.filed_on.isoformat(),
                filed=history.day.isoformat(),
            )
        )
        history.list([line])

    return amend


_STEPS: Final = (
    _trades,
    _latest_first,
    _gift,
    _sold_out,
    _listing,
    _grant,
    _vest,
    _amended_price,
    _amended_shares,
    _split,
)
