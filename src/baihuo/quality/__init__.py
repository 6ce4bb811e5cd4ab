"""The checks between what came in and what a model may learn from.

Nothing is lost silently: rows in = kept + quarantined + merged + erased at every step, a repaired cell
keeps its old value in ``findings.parquet``, and :meth:`QualityReport.raise_if_stopped` is what
stands between dirty data and training.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
