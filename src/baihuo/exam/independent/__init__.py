"""A second exam of the checks, written from the documents alone: it imports nothing of the checks."""
