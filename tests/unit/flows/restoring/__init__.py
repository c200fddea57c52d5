"""Tests of the parts of `restore.py`."""
