"""Completeness (what is missing from the log) and drift (what has changed in it)."""
