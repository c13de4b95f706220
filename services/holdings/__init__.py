"""The holdings service: reports folded into positions, and an alert for each position traded or changed.

A report passes through `order` (when it speaks), `classes` (of what, and whose), `chains` (its lines as they run on),
`matching` (each chain to a position), `movements` (what that does, in numbers), `explanations` (what the trades leave
open) and `fold` (the step that applies it); `amendments` corrects earlier accounts, `accounts` says which account is
current. `ledger` is the way in: in turn, or out of turn with the book folded again. `book` and `notation` are the state
as its topic holds it, `state` and `packing` keep a partition's books small; `alerts`, `prices` and `lateness` make an
alert of a change; `processor` puts it on the stream.
"""

from services.holdings.processor import holdings_service

__all__ = ["holdings_service"]
