"""Examine what a run will need: the parts of the job in `doctor.py`."""
