"""Prices far from what such products cost."""
