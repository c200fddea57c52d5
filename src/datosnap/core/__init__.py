"""Decisions over plain values: no input or output, no clock, no randomness."""
