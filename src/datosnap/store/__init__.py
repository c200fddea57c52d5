"""Snapshots as files, on a disk or an object store; knows nothing of the CMS."""
