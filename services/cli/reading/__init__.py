"""Commands that only read: filings from files, and events, status and traces from the log."""
