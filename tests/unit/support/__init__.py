"""Unit tests of what the other tests share."""
