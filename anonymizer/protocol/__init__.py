"""Interview protocol documents, and which turn is about which of their questions."""
