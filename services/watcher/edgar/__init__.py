"""EDGAR as a source: the current feed for speed, indexes for what it missed and for history."""
