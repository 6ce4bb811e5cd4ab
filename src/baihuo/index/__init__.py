"""The lexical and vector index, and the answer set of a search.

``build`` writes a generation, ``Generation.open`` reads it and takes changes, ``answer_set`` finds all products that match a query.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
