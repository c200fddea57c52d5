"""The CMS over HTTP: requests, pacing, retries, assets; no files."""
