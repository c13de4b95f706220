"""The holdings service: reports folded into positions, and an alert for each position traded or changed.

A report is taken in (`intake`) with its place in `order` and its lines as `running` chains; `classes` says of what and
whose, `footnotes` what is stated beside the amounts. Chains are matched with positions (`positions`, `candidates`,
`passed_amounts`, `matching`); `movements` says what that does in numbers, `explanations` and `flows` why trades and
ledger differ, `posting` puts it among a position's `accounts`, and `amendments` corrects earlier ones. `fold` is the
step that does all of it, and `outcomes` what it finds. `ledger` is the way in: in turn, or out of turn with the book
folded again, under lasting `position_ids`. `book`, `versions`, `notation` and `chain_notation` are the state as its
topic holds it; `state` and `packing` keep a partition's books small. `changes`, `alerts`, `prices` and `lateness` make
alerts of outcomes; `processor` puts it all on the stream.
"""

from services.holdings.processor import holdings_service

__all__ = ["holdings_service"]
