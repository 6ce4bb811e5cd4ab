"""Features: declared once, compiled to SQL for training and to an incremental state for serving."""

from baihuo.features.compute import compute
from baihuo.features.declare import Derived, FeatureSet, Lookback
from baihuo.features.default import default_features
from baihuo.features.derived import DERIVED_FUNCTIONS, derived_function
from baihuo.features.describe import describe
from baihuo.features.history import History
from baihuo.features.snapshot import snapshot, state_folder
from baihuo.features.state import FeatureState

__all__ = [
    "DERIVED_FUNCTIONS",
    "Derived",
    "FeatureSet",
    "FeatureState",
    "History",
    "Lookback",
    "compute",
    "default_features",
    "derived_function",
    "describe",
    "snapshot",
    "state_folder",
]
