"""Products on the wrong shelf."""
