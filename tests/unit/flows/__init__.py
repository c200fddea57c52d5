"""Tests of the flows, one folder or file per job."""
