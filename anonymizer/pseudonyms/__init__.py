"""Naming of entities: labels that are stable, never derived from a name and never given twice."""
