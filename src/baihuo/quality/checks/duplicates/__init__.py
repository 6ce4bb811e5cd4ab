"""Duplicates: one event or product in several rows."""
