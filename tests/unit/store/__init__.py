"""Facts about snapshots as files."""
