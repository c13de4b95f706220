"""The holdings service: reports folded into positions, and an alert for each position that changed.

`ledger` is the core; a report passes through `order` (when it speaks), `classes` (of what, and whose), `chains` (its
lines, each to a running chain), `joining` (each chain to a position), `moves` (what that does) and `explanations`
(what the trades leave open). `book` is what it goes on from, read once; `state` keeps a partition's books, `packing`
makes them small. `alerts` and `timeliness` say it to readers; `processor` puts it on the stream.
"""

from services.holdings.processor import holdings_service

__all__ = ["holdings_service"]
