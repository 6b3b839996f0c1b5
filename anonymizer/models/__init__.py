"""Models that are shipped; each folder has its own licence."""
