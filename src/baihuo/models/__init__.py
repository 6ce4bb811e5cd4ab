"""Models as arrays: no files, no network. What needs torch or scikit-learn is imported by name.

``models.ctr`` (torch) and ``models.calibrate`` (scikit-learn) fit; ``models.network`` and
``models.calibrator`` serve what they found.
"""

from baihuo.models.calibrator import Calibrator
from baihuo.models.network import Network
from baihuo.models.scaler import Scaler
from baihuo.models.trees import Ranked, Trees, TreesConfig, fit_ranker

__all__ = ["Calibrator", "Network", "Ranked", "Scaler", "Trees", "TreesConfig", "fit_ranker"]
