"""Emphasis in sentences, and text that wants to be more than text."""

from markupsafe import Markup

from services.gateway.page.safe_output import LONGEST, display_text, finalize
from services.gateway.page.sentence_markup import sentence_markup
from services.gateway.sentences import SentencePart


def test_markup_in_a_name_is_text() -> None:
    """Names are as filed, and anybody can file."""
    markup = sentence_markup([SentencePart("<script>alert(1)</script>", "name")])
    assert markup == "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>"


def test_only_purchases_and_sales_are_coloured() -> None:
    """Colour says market, not good or bad."""
    parts = [SentencePart("bought", "buy"), SentencePart(" "), SentencePart("5", "amount"), SentencePart(" at ")]
    assert sentence_markup(parts) == "<b class=buy>bought</b> <b>5</b> at "


def test_direction_override_is_shown_and_does_not_turn_the_line() -> None:
    """A name with U+202E would show the amounts behind it mirrored."""
    assert display_text("Smith \u202eJohn") == "Smith \\u202eJohn"


def test_very_long_text_is_cut_with_a_count() -> None:
    """A footnote of 5 MB must not become a page of 5 MB."""
    text = display_text("x" * 5_000_000)
    assert len(text) < LONGEST + 100
    assert "4,980,000 more characters" in text


def test_markup_made_here_passes_and_absence_is_empty() -> None:
    """Charts are inserted as they are."""
    assert finalize(Markup("<svg/>")) == "<svg/>"
    assert finalize(None) == ""
