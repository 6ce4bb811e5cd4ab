"""Bundles of models: immutable hashed folders, readers of their parts, and the pointer to the live one."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
