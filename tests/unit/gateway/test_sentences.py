"""A filing as a sentence: each code, price, effect and remark."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.structs import HoldingChanged
from services.gateway.amounts import NARROW_SPACE
from services.gateway.filing_facts import filing_facts
from services.gateway.sentences import first_role, sentence, sentence_parts
from services.gateway.trade_words import PHRASES
from services.section16.vocabulary import TRANSACTION_CODES
from tests.unit.cli.builders import OWNER, alert, bare_trade, filing, restated, trade

WHO = "CFO DOE JANE"


def told(*alerts: HoldingChanged) -> str:
    """Return the sentence with ordinary spaces."""
    return sentence(alerts).replace(NARROW_SPACE, " ")


def done(code: str | None, side: str | None, **fields: Any) -> str:
    """Return what a filing with one trade of 40,000 shares, whose amounts are not stated, says about it."""
    unstated = {"before": None, "after": None, "reported_change": None, "trades": [bare_trade(code, side)]}
    words = told(alert(**{**unstated, **fields}))
    assert words.startswith(f"{WHO} ")
    return words.removeprefix(f"{WHO} ")


@pytest.mark.parametrize(
    ("code", "side", "words"),
    [
        ("P", "A", "bought 40,000 shares of ACME CORP."),
        ("P", "D", "disposed of 40,000 shares of ACME CORP in a purchase."),
        ("S", "D", "sold 40,000 shares of ACME CORP."),
        ("S", "A", "acquired 40,000 shares of ACME CORP in a sale."),
        ("V", "A", "acquired 40,000 shares of ACME CORP in an early report."),
        ("A", "A", "was granted 40,000 shares of ACME CORP."),
        ("A", "D", "gave back 40,000 shares of ACME CORP from a grant."),
        ("D", "A", "acquired 40,000 shares of ACME CORP from the issuer."),
        ("D", "D", "returned 40,000 shares of ACME CORP to the issuer."),
        ("F", "A", "got back 40,000 shares of ACME CORP withheld for tax or the exercise price."),
        ("F", "D", "had 40,000 shares of ACME CORP withheld for tax or the exercise price."),
        ("I", "D", "disposed of 40,000 shares of ACME CORP through an employee plan."),
        ("M", "A", "received 40,000 shares of ACME CORP on exercise or vesting."),
        ("M", "D", "gave up 40,000 shares of ACME CORP on exercise or vesting."),
        ("C", "A", "received 40,000 shares of ACME CORP on conversion."),
        ("C", "D", "converted 40,000 shares of ACME CORP."),
        ("E", "D", "had a short position of 40,000 shares of ACME CORP expire."),
        ("H", "D", "let 40,000 shares of ACME CORP expire or be cancelled for value."),
        ("O", "A", "received 40,000 shares of ACME CORP on exercise out of the money."),
        ("X", "D", "gave up 40,000 shares of ACME CORP on exercise."),
        ("G", "A", "received 40,000 shares of ACME CORP as a gift."),
        ("G", "D", "gave away 40,000 shares of ACME CORP."),
        ("L", "A", "acquired 40,000 shares of ACME CORP in a small purchase."),
        ("W", "A", "inherited 40,000 shares of ACME CORP."),
        ("W", "D", "passed on 40,000 shares of ACME CORP by will or descent."),
        ("Z", "A", "withdrew 40,000 shares of ACME CORP from a voting trust."),
        ("J", "A", "acquired 40,000 shares of ACME CORP other than by purchase."),
        ("J", "D", "disposed of 40,000 shares of ACME CORP other than by sale."),
        ("K", "D", "disposed of 40,000 shares of ACME CORP by equity swap."),
        ("U", "D", "tendered 40,000 shares of ACME CORP in a change of control."),
        ("Q", "A", "acquired 40,000 shares of ACME CORP (code Q)."),
        (None, "D", "disposed of 40,000 shares of ACME CORP."),
        ("G", None, "reported 40,000 shares of ACME CORP as gift, side not stated."),
    ],
)
def test_each_code_says_what_the_owner_did(code: str | None, side: str | None, words: str) -> None:
    """The verb follows code and side; a code that does not exist is named."""
    assert done(code, side) == words


def test_every_transaction_code_has_a_phrase_for_either_side() -> None:
    """A code that the forms gain must not read as "acquired"."""
    assert set(PHRASES) == set(TRANSACTION_CODES)
    assert all(phrase.verb and phrase.action for sides in PHRASES.values() for phrase in sides)


def test_sale_has_price_value_and_effect() -> None:
    """All that most readers want from the tape."""
    words = f"{WHO} sold 1,000 shares of ACME CORP at $25.50, $25,500 in all, 25 % of the holding."
    assert told(alert()) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"average_price": "25.5", "lowest_price": "25", "highest_price": "26"}, "at an average of $25.50, $25,500"),
        ({"unpriced_shares": "400"}, "sold 1,000 shares of ACME CORP, 25 %"),
        ({"value": None}, "sold 1,000 shares of ACME CORP, 25 %"),
        ({"value": "0", "lowest_price": "0", "highest_price": "0"}, "sold 1,000 shares of ACME CORP, 25 %"),
        ({"value": "333", "lowest_price": "0.333", "highest_price": "0.333"}, "at $0.3330, $333 in all"),
        ({"currency": "EUR"}, "at EUR 25.50, EUR 25,500 in all"),
        ({"shares": "1000.5"}, "sold 1,000.5 shares"),
        ({"shares": "1", "value": "25.5"}, "sold 1 share of ACME CORP at $25.50, $26 in all"),
        ({"shares": None, "value": "2000000"}, "sold $2,000,000 of shares of ACME CORP"),
        ({"shares": None, "value": None}, "sold an unstated amount of shares of ACME CORP"),
    ],
)
def test_price_is_stated_only_if_every_line_has_one(fields: dict[str, Any], words: str) -> None:
    """A value that leaves lines out would look like the whole."""
    assert words in told(alert(trades=[trade(**fields)]))


@pytest.mark.parametrize(
    ("code", "side", "before", "after", "words"),
    [
        ("P", "A", "0", "40000", ", a first holding."),
        ("P", "A", "100000", "140000", ", 40 % on top of the holding."),
        ("P", "A", "2000", "42000", ", 20 times the holding before."),
        ("P", "A", "990000000", "990040000", ", less than 0.01 % on top of the holding."),
        ("S", "D", "160000", "120000", ", 25 % of the holding."),
        ("S", "D", "40000", "0", ", nothing is left in that holding."),
        ("S", "D", None, "0", " ACME CORP."),
        ("S", "D", "100", "40100", " ACME CORP."),
        ("S", "D", "100", "100", " ACME CORP."),
        ("G", None, "100", "60", "side not stated."),
    ],
)
def test_effect_is_that_of_the_filings_own_account(
    code: str, side: str | None, before: str | None, after: str, words: str
) -> None:
    """Amounts that contradict the trade are not turned into a statement about it."""
    account = {"before": before, "after": after, "reported_change": None, "unexplained_change": None}
    assert told(alert(trades=[bare_trade(code, side)], **account)).endswith(words)


def test_missing_amount_before_follows_from_the_lines() -> None:
    """The filing states what is held after, and the lines what was traded."""
    bought = alert(before=None, after="5000", reported_change="1000", trades=[bare_trade("P", "A", "1000")])
    assert told(bought).endswith("25 % on top of the holding.")


def test_largest_sale_leads_and_other_codes_are_counted_in_the_holding() -> None:
    """An exercise and its sale cancel each other in the ledger, but the sale is the news."""
    both = [
        bare_trade("M", "A", "40000", value="400000"),
        bare_trade("S", "D", "40000", value="2010000", lowest_price="50.25", highest_price="50.25"),
    ]
    words = told(
        alert(alert_id="a", trades=both, before="500", after="500"),
        alert(
            alert_id="b",
            position={"table": "derivative", "security_title": "Stock Option", "exercise_price": "10"},
            lines=[2],
            trades=[bare_trade("M", "D", "40000")],
        ),
    )
    assert words == (
        f"{WHO} exercised options and sold 40,000 shares of ACME CORP at $50.25, $2,010,000 in all, "
        "with every line counted the holding stays at 500."
    )


@pytest.mark.parametrize(
    ("title", "price", "verb"),
    [
        ("Restricted Stock Units", None, "received shares on vesting and sold"),
        ("Restricted Stock Units", "0", "received shares on vesting and sold"),
        ("Stock Option (right to buy)", None, "exercised options and sold"),
        ("Performance award", "12.5", "exercised options and sold"),
    ],
)
def test_sale_after_an_exercise_tells_options_from_vested_units(title: str, price: str | None, verb: str) -> None:
    """Both have code M; only an option has a price."""
    derivative = {"table": "derivative", "security_title": title, "exercise_price": price}
    units = alert(alert_id="b", lines=[2], position=derivative, trades=[bare_trade("M", "D", "5")])
    assert f"{WHO} {verb} 1,000 shares" in told(alert(), units)


def test_sale_after_a_conversion_says_so() -> None:
    """Holders of convertible classes sell this way."""
    assert f"{WHO} converted and sold 1,000 shares" in told(alert(trades=[bare_trade("C", "A"), trade()]))


def test_shares_withheld_on_vesting_are_a_part_of_those_received() -> None:
    """They never reach the owner."""
    vested = alert(before="5604", after="5887", trades=[bare_trade("M", "A", "472"), bare_trade("F", "D", "189")])
    assert told(vested) == (
        f"{WHO} received 472 shares of ACME CORP on exercise or vesting, of which 189 were withheld for tax or the "
        "exercise price, with every line counted the holding went from 5,604 to 5,887."
    )


def test_security_that_is_not_counted_in_shares_is_named() -> None:
    """A thousand units are not a thousand shares."""
    units = {"security_title": "Restricted Stock Units"}
    assert "1,000 of Restricted Stock Units in ACME CORP" in told(alert(position=units))
    note = {"table": "derivative", "security_title": None}
    assert "1,000 of an untitled derivative in ACME CORP" in told(alert(position=note))
    assert "1,000 shares of ACME CORP" in told(alert(position={"security_title": None}))


def test_lateness_and_unreconciled_total_follow() -> None:
    """Whatever does not add up is said."""
    late = told(alert(days_late=3, unexplained_change="-268000", explanation="unknown"))
    assert late.endswith("; filed 3 business days late. The total is 268,000 shares short of what the lines add up to.")
    assert told(alert(days_late=1)).endswith("; filed 1 business day late.")
    over = told(alert(unexplained_change="1", explanation="line_error"))
    assert over.endswith(". The total is 1 share over what the lines add up to.")
    assert "total" not in told(alert(unexplained_change="4000", explanation="split"))


def test_repeated_lines_name_the_earlier_filing() -> None:
    """The trade was reported before."""
    assert told(alert(repeats="0000000001-24-000009")).endswith(". The lines repeat filing 0000000001-24-000009.")
    assert told(alert(repeats="sha256:7ffddd2e3809fcb5")).endswith(". The lines repeat an earlier filing.")


def test_other_trade_quotes_the_footnote_that_describes_it() -> None:
    """Code J means: see the footnote."""
    notes = {"F1": "The trust is managed by the owner.", "F2": "Shares distributed\npro rata to the partners."}
    other = alert(trades=[bare_trade("J", "D", "1000")], footnotes=notes)
    assert told(other).endswith(". Footnote 2: “Shares distributed pro rata to the partners.”")


def test_joint_filers_are_counted_and_only_the_first_owner_speaks() -> None:
    """The trade of a joint filing is reported once."""
    first, second = ({"owner_index": index, "owner_count": 3} for index in (0, 1))
    other = replace(OWNER, key="k2", name="FUND")
    words = told(alert(alert_id="b", owner=other, **second), alert(**first))
    assert words.startswith(f"{WHO} and 2 joint filers sold 1,000 shares")


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({}, "CFO"),
        ({"officer_title": "See Remarks"}, "Director"),
        ({"officer_title": "(see footnote 1)", "is_director": False}, "Officer"),
        ({"officer_title": None, "is_director": False, "is_officer": False, "is_ten_percent_owner": True},
         "10 % owner"),
        ({"officer_title": None, "is_director": False, "is_officer": False, "other_text": "Trustee"}, "Trustee"),
        ({"officer_title": None, "is_director": None, "is_officer": None}, ""),
        ({"officer_title": "Overseer of notes"}, "Overseer of notes"),
    ],
)  # fmt: skip
def test_first_role_is_the_title_else_the_relationship(fields: dict[str, Any], role: str) -> None:
    """A title that points elsewhere is not a title."""
    assert first_role(replace(OWNER, **fields)) == role


@pytest.mark.parametrize(
    ("alerts", "words"),
    [
        ([restated()], "reported 1 holding in ACME CORP that differs from what earlier filings add up to; no trade."),
        (
            [restated(alert_id="a"), restated(alert_id="b")],
            "reported 2 holdings in ACME CORP that differ from what earlier filings add up to; no trade.",
        ),
        (
            [restated(alert_id="a"), restated(alert_id="b", ledger_before=None)],
            "reported 2 holdings in ACME CORP, 1 of them for the first time; no trade.",
        ),
        ([restated(ledger_before=None)], "reported 1 holding in ACME CORP for the first time; no trade."),
        (
            [restated(ledger_before=None, filing=filing(form_type="3"))],
            "reported first holdings in ACME CORP: 1 position; no trade.",
        ),
    ],
)
def test_filing_without_trades_says_what_it_reports(alerts: list[HoldingChanged], words: str) -> None:
    """A Form 3, or a holding line that corrects the ledger."""
    assert told(*alerts) == f"{WHO} {words}"


def test_full_stop_of_an_abbreviation_is_not_doubled() -> None:
    """Many issuers end in `Inc.`."""
    issuer = replace(alert().issuer, name="Acme, Inc.")
    assert told(alert(issuer=issuer, trades=[bare_trade("P", "A")], before=None)).endswith("shares of Acme, Inc.")


def test_hostile_name_is_made_harmless() -> None:
    """A bidirectional override would turn the sentence round."""
    issuer = replace(alert().issuer, name="Acme\u202e\n<script> " + "x" * 1_000_000)
    words = sentence([alert(issuer=issuer)])
    assert "Acme\\u202e <script>" in words
    assert len(words) < 500


def test_parts_are_emphasized_by_role() -> None:
    """The page sets the name in bold, and a sale in its colour."""
    parts = sentence_parts(filing_facts([alert()]))
    assert {part.emphasis: part.text for part in parts if part.emphasis} == {
        "name": "DOE JANE",
        "sell": "sold",
        "amount": "1,000",
        "price": "$25.50",
    }


@pytest.mark.parametrize("alerts", [[], [alert(), alert(filing=filing(filing_id="other"))]])
def test_alerts_of_no_or_several_filings_are_refused(alerts: list[HoldingChanged]) -> None:
    """One sentence is about one filing."""
    with pytest.raises(ValueError, match="one filing"):
        sentence(alerts)
