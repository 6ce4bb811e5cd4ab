"""Kinds of dirt that a second hand thought of, later, from what shops' logs look like."""
