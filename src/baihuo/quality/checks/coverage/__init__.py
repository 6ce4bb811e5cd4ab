"""Completeness: what is missing from the log."""
