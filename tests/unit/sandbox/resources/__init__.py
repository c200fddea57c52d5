"""Tests of everything that is neither a record nor an upload."""
