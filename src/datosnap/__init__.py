"""Whole, checkable backups of DatoCMS projects, and their way back into another project."""
