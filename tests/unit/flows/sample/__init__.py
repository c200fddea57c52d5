"""Tests of the sample project: its texts, its pictures, and what is built of them."""
