"""Look up the filing that an account comes from: its lines and its id."""

from collections.abc import Sequence

from services.holdings.accounts import Account
from services.holdings.chains import ChainStep
from services.holdings.filed_report import FiledReport


def account_steps(account: Account, filings: Sequence[FiledReport]) -> Sequence[ChainStep]:
    """Return the lines of an account: as amended if they were, else as filed; empty for a base account."""
    if account.steps is not None:
        return account.steps
    if account.filing < 0:
        return ()
    chains = filings[account.filing].chains
    if len(account.chains) == 1:
        return chains[account.chains[0]].steps
    return [step for index in account.chains for step in chains[index].steps]


def account_filing_id(account: Account, filings: Sequence[FiledReport]) -> str:
    """Return the id of the filing that an account rests on: of its amendment, if it was amended."""
    number = account.filing_in_force
    return filings[number].filing_id if number >= 0 else account.base_filing_id
