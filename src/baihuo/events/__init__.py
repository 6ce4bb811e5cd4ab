"""Append-only logs of events, served pages and judgements. They survive a power cut and a ``kill -9``.

``log.py`` is the log of events (acknowledged means fsynced), ``served.py`` the log of served pages
with their feature values, ``judgements.py`` the grades of raters.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
