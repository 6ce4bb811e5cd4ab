"""Models as arrays: no files, no network. What needs torch or scikit-learn is imported by name.

``models.deep`` (torch) and ``models.calibrate`` (scikit-learn) fit; ``models.network`` and
``models.calibrator`` serve the fitted results.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
