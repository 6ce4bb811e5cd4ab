"""Events that cannot happen before another one has happened."""
