"""Features: declared once, compiled to SQL for training and to an incremental state for serving."""

from baihuo.features.online.history import History
from baihuo.features.online.state import FeatureState
from baihuo.features.spec.declare import Derived, FeatureSet, Lookback
from baihuo.features.spec.default import default_features
from baihuo.features.spec.derived import DERIVED_FUNCTIONS, derived_function
from baihuo.features.spec.describe import describe
from baihuo.features.sql.compute import compute
from baihuo.features.sql.snapshot import snapshot, state_folder

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
