"""The read model: alerts, filings, positions and names in a database, filled from the topics exactly once."""
