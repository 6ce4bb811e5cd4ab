"""Tags the parts of product titles: the thing, its brand, its model; learned from tagged titles."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
