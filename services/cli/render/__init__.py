"""Events in a person's words, in tables that fit a terminal, and as CSV."""
