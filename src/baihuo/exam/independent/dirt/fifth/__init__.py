"""Dirt of listings that a fifth hand thought of, who had read no check and no list of the others."""
