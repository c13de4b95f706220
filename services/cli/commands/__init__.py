"""The commands: their options and help. Each imports what it runs only when it is called.

Help, `--version` and completion import all of these modules, so none may import a service at the top.
"""
