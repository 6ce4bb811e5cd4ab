"""Products in the wrong category."""
