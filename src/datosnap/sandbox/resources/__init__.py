"""Everything that is neither a record nor an upload, one file per family."""
