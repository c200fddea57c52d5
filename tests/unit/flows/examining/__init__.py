"""Tests of the parts of `doctor.py`."""
