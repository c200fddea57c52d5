"""Unit tests of the sandbox's assets."""
