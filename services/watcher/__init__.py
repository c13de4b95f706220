"""The watcher: finds new filings and publishes the text of each exactly once."""
