"""The command line: one file of `commands` for each command, and what they share."""
