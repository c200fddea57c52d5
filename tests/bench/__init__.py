"""Measurements; never timed tests."""
