"""The commands as a person sees them: options and help. A command imports what it runs when it runs.

Help, `--version` and completion read all of these modules, so they import nothing of the services.
"""
