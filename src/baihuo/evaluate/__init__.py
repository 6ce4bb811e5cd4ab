"""Metrics of rankings, probabilities, labels and raters, with confidence intervals. Numpy only."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
