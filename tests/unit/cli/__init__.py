"""Tests of the command line: arguments in; text, JSON and an exit code out."""
