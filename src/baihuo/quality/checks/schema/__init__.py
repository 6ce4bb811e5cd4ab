"""Values that can be true at all."""
