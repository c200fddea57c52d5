"""Facts that hold for every generated case."""
