"""The installed command, as a process, against the sandbox."""
