"""Findings: passages that might identify somebody, judged over the whole transcript."""
