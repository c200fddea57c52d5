"""Records and their blocks: written, checked, read, listed, published, versioned, scheduled."""
