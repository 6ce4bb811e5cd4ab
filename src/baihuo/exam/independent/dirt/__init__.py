"""Kinds of dirt, a file for each sort; importing a file registers its kinds."""
