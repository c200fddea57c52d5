"""Decisions, tried over plain values."""
