"""Attributes that are missing or contradict each other, and codes that two products share."""
