"""Visits that were torn apart, and ids that hold more than one visit."""
