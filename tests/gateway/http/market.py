"""Five filings of a small market: sales of Tesla by Musk, and a purchase of Amazon with hostile texts."""

from typing import Final

from services.runtime.port import Output
from tests.gateway.read_model.builders import AMAZON, KIRKHORN, alert, filing, output, positions, report, trade

SCRIPT: Final = "<script>alert(1)</script>"
OVERRIDE: Final = "\u202eevil\u0000\u0008"
LONGEST: Final = "=HYPERLINK(1) " + "x" * 1_000_000

LINE: Final = {"line": 0, "table": "non_derivative", "code": "S", "acquired_disposed": "D", "shares": "1000"}
HOSTILE_OWNER: Final = {**KIRKHORN, "name": f"=cmd {SCRIPT} {OVERRIDE}", "officer_title": SCRIPT}

FILINGS: Final[tuple[Output, ...]] = (
    *(
        output(event)
        for number in (1, 2, 3, 4)
        for event in (
            report(number, transactions=[LINE]),
            alert(f"a{number}", number),
            alert(f"b{number}", number, owner_index=0, lines=[1], kind="closed", after="0"),
        )
    ),
    output(positions()),
    output(
        alert(
            "hostile",
            5,
            issuer=AMAZON,
            owner=HOSTILE_OWNER,
            kind="opened",
            trades=[trade("P", "A", "10", "1000")],
            filing=filing(5, filed_on="2024-03-06"),
            footnotes={"F1": LONGEST, "F2": OVERRIDE},
        )
    ),
)
ALERTS: Final = 9
TAPE: Final = 5
