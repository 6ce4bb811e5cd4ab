"""Outcomes that a model would learn wrongly."""
