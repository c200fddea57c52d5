"""Tests of the parts of `export.py`."""
