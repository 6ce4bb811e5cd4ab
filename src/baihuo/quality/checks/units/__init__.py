"""Sizes, weights and capacities in one unit each."""
