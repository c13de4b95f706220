"""The watcher: finds new filings and publishes their text, each once."""
