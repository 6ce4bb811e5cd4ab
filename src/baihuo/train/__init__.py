"""Training: split by time, fit, calibrate, compare with baselines. The results are parts of a bundle."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
