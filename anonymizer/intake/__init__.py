"""One reader for each received format; refuses what it half understands."""
