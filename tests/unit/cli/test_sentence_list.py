"""Filings as sentences, one per line."""

import io

from contracts.structs import HoldingChanged
from services.cli.render.screen import Screen
from services.cli.render.sentence_list import SentenceList
from tests.unit.cli.builders import alert, bare_trade, filing


class Lines:
    """A list that prints to memory."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.sentences = SentenceList(Screen(self.stream))

    def printed(self) -> list[str]:
        """Return the lines so far."""
        return self.stream.getvalue().splitlines()


def gift(filing_id: str, alert_id: str = "g") -> HoldingChanged:
    """Return a gift in a filing, which does not lead if there is a sale."""
    return alert(alert_id=alert_id, lines=[5], trades=[bare_trade("G", "D", "7")], filing=filing(filing_id=filing_id))


def sale(filing_id: str) -> HoldingChanged:
    """Return a sale in a filing."""
    return alert(filing=filing(filing_id=filing_id))


def test_filing_with_several_alerts_is_one_sentence_of_all_of_them() -> None:
    """A filter for gifts finds the filing, and the sentence still says what it is about."""
    lines = Lines()
    lines.sentences.add(sale("a"), matches=False)
    lines.sentences.add(gift("a"))
    lines.sentences.finish()
    assert lines.printed() == [
        "2024-03-05  CFO DOE JANE sold 1,000 shares of ACME CORP at $25.50, $25,500 in all, 25 % of the holding."
    ]
    assert lines.sentences.count == 1


def test_filing_without_a_matching_alert_is_not_printed() -> None:
    """Filters choose filings by their alerts."""
    lines = Lines()
    lines.sentences.add(sale("a"), matches=False)
    lines.sentences.finish()
    assert (lines.printed(), lines.sentences.count) == ([], 0)


def test_filing_is_printed_once_the_next_of_its_issuer_begins() -> None:
    """Its alerts follow one another in a partition."""
    lines = Lines()
    lines.sentences.add(sale("a"))
    lines.sentences.add(gift("b"))
    assert len(lines.printed()) == 1
    assert "sold 1,000" in lines.printed()[0]


def test_last_filing_is_printed_when_no_more_of_its_alerts_arrive() -> None:
    """A command that follows must not hold it back until the next filing."""
    lines = Lines()
    lines.sentences.add(sale("a"))
    lines.sentences.flush()
    lines.sentences.add(gift("a"))
    lines.sentences.flush()
    assert lines.printed() == []
    lines.sentences.flush()
    assert len(lines.printed()) == 1
