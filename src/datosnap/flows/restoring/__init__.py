"""Restore a snapshot: the parts of the job in `restore.py`."""
