"""Dirt of listings that a third hand thought of, before it read the names of any other kind."""
