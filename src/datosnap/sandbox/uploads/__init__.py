"""Assets of the sandbox: upload requests, bytes, their analysis, metadata, tags and uses."""
