"""EDGAR as a source: the current feed for speed, the indexes for filings it missed and for history."""
