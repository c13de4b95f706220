"""The program around the commands: help, completion, exit codes, signals and logs."""
