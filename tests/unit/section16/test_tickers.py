"""Tickers as people file them: with exchanges, in brackets, in pairs, or in words for none."""

import pytest

from services.section16.tickers import tickers_of


@pytest.mark.parametrize(
    ("symbol", "tickers"),
    [
        ("AMOT", ("AMOT",)),
        ("amot", ("AMOT",)),
        (" AMOT ", ("AMOT",)),
        ("NYSE:NYCB", ("NYCB",)),
        ("NYSE: HBBC", ("HBBC",)),
        ("Nasdaq: ABCD", ("ABCD",)),
        ("HEI, HEI.A", ("HEI", "HEI.A")),
        ("MOGA/MOGB", ("MOGA", "MOGB")),
        ("MOGA and MOGB", ("MOGA", "MOGB")),
        ("(SIRI)", ("SIRI",)),
        ("BRK.A; BRK.B", ("BRK.A", "BRK.B")),
        ("BF-B", ("BF-B",)),
        ("ABC, ABC", ("ABC",)),
        ("N/A", ()),
        ("n/a", ()),
        ("(N/A)", ()),
        ("NONE", ()),
        ("None", ()),
        ("-", ()),
        ("--", ()),
        ("", ()),
        ("   ", ()),
        ("NYSE", ()),
        ("Not Applicable", ()),
        (None, ()),
    ],
)
def test_symbol_as_filed_gives_its_tickers(symbol: str | None, tickers: tuple[str, ...]) -> None:
    """Exchanges, brackets and words for none are dropped; two symbols are two tickers."""
    assert tickers_of(symbol) == tickers
