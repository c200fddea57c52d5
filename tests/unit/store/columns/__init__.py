"""Facts about typed tables."""
