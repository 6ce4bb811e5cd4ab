"""Dirt of events that a fourth hand thought of: each row can be shown to be wrong by the rows beside it."""
