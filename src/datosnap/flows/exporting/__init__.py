"""Export a project: the parts of the job in `export.py`."""
