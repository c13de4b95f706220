"""The commands that list what the log holds."""
