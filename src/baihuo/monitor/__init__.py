"""Monitoring: metrics, status, training-serving skew, off-policy evaluation on the served pages.

Import the modules directly: a server imports ``metrics`` and must not load the libraries of training.
"""

__all__: list[str] = []
