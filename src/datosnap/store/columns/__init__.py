"""Make typed tables of records: which columns they have, and how JSON values become theirs."""
