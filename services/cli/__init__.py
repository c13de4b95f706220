"""The command line: one command, `insidertape`, that composes the services."""
