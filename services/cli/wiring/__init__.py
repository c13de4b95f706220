"""Which engine and which sources a command works with, according to its options."""
