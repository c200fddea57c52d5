"""Measure the export beside others who fetch the same pages; never timed tests."""
