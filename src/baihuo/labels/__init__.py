"""Relevance judgements by people: which pairs to judge next, who judged what, the consensus of raters.

``annotation.py`` is the queue of raters, ``queue.py`` chooses the pairs, ``consensus.py`` makes one grade from
several, ``rows.py`` reads files of judgements, ``report.py`` measures the raters.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
