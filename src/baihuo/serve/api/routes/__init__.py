"""The endpoints, one file a noun. Each module has a ``router``."""
