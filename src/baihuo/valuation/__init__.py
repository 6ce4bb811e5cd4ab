"""The cost of dirt: models retrained with and without each kind of finding, and the value of single rows."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
