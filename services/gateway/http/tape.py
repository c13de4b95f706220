"""Entries of the tape from stored filings."""

from contracts.codec import decode
from contracts.structs import HoldingChanged
from services.gateway.read_model.stored import FilingAlerts
from services.gateway.tape_entry import TapeEntry, tape_entry


def entry_of(filing: FilingAlerts) -> TapeEntry:
    """Return the entry of a filing."""
    return tape_entry(decode(alert, HoldingChanged) for alert in filing.alerts)
