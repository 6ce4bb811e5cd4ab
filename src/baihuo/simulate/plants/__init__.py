"""Ways to be dirty, by area: each module has ``PLANTS``."""
