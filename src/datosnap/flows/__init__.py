"""One file per job, joining store, api and sandbox through core's decisions."""
