"""One folder a group of checks; the order in which they run is in ``registry.py``."""
