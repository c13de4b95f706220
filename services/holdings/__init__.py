"""The holdings service: applies reports to positions, with an alert for each position traded or changed.

The way of a report through the package:

1. `report_conversion` converts it (`filed_report`); `filing_order` and `effective_dates` place it in time.
2. `chain_building` groups its lines into `chains`. `labels` and `text_normalization` identify the class and holder of
   a line; `footnotes` reads the facts stated there.
3. `matching` finds the position of each chain, with `matching_rules`, `matching_candidates`, `position_index` and
   `amount_history`.
4. `position_changes` computes what changes; `explanations` and `transfers` explain what the trades leave open.
5. `posting` inserts the account (`accounts`, `account_sources`) into its position; `change_application` runs steps 3
   to 5.
6. `amendments` corrects accounts of earlier filings. `fold` is one step over all of this, and returns `outcomes`.
7. `ledger` is the entry point: it applies a report in turn, or inserts it and folds the book again under lasting
   `position_ids`.
8. `book` and `book_writer` are the state; `state_codec` and `chain_codec` encode it; `book_store` and `compression`
   keep a partition's books in memory.
9. `alert_drafts`, `alerts`, `trade_summaries` and `lateness` build the alerts. `processor` connects it to the topics.
"""

from services.holdings.processor import holdings_service

__all__ = ["holdings_service"]
