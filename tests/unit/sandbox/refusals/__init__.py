"""How the sandbox is brought to refuse, code by code."""
