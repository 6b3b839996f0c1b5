"""Who is who: which findings are the same person, organization or place."""
