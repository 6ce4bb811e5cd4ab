"""How well the checks do: kinds of dirt go into copies of rows, ``baihuo check`` runs over each, and what it writes is graded."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
