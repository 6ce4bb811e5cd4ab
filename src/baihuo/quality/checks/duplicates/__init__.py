"""The same event or product twice."""
