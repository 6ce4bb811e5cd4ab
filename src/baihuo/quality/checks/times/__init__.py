"""Clocks that are wrong."""
