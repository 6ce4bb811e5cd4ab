"""Damage in what shoppers read."""
