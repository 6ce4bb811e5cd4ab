"""Monitoring: metrics, status, training-serving skew, off-policy evaluation on the served pages.

Import the modules directly: a server imports ``metrics`` and must not load the libraries of training.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
