from .online.decayed_counts import DecayedCounts
from .online.flood_settings import FloodSettings
from .online.history import History
from .online.popularity_gate import PopularityGate
from .online.state import FeatureState
from .spec.declare import Derived, FeatureSet, Lookback
from .spec.default import default_features
from .spec.derived import DERIVED_FUNCTIONS, derived_function
from .spec.describe import describe, feature_words, features_page
from .spec.file import DEFAULT_TEXT, FeaturesFile, example_features, read_features_file
from .spec.replay import LastCheck, Replay, read_replay, replay_of, write_replay
from .spec.specs import (
    FeatureSpec,
    PcaSpec,
    SelectSpec,
    SpaceSpec,
    TargetSpec,
    TfidfSpec,
    Word2VecSpec,
)
from .sql.compute import compute
from .sql.snapshot import snapshot, state_folder
from .transforms import request
from .transforms.crosses import CrossKeys, cross, cross_key, cross_keys
from .transforms.fitted import TransformInputs, Transforms, smoothing
from .transforms.scaling import Scaling
from .transforms.selection import (
    l1_weights,
    mutual_information,
    permutation_importance,
    strongest_columns,
)
from .transforms.sequence import SkipGramConfig, WordVectors, skip_gram, split_sessions
from .transforms.spaces import (
    CandidateComparison,
    ProductVectors,
    ReducedVectors,
    TitleVectors,
    Vectors,
    WordMeans,
)
from .transforms.target import TargetTable, before
from .transforms.text_features import Tfidf, pca, title_words, truncated_svd, unit_vectors

__all__ = [
    "DEFAULT_TEXT",
    "DERIVED_FUNCTIONS",
    "CandidateComparison",
    "CrossKeys",
    "DecayedCounts",
    "Derived",
    "FeatureSet",
    "FeatureSpec",
    "FeatureState",
    "FeaturesFile",
    "FloodSettings",
    "History",
    "LastCheck",
    "Lookback",
    "PcaSpec",
    "PopularityGate",
    "ProductVectors",
    "ReducedVectors",
    "Replay",
    "Scaling",
    "SelectSpec",
    "SkipGramConfig",
    "SpaceSpec",
    "TargetSpec",
    "TargetTable",
    "Tfidf",
    "TfidfSpec",
    "TitleVectors",
    "TransformInputs",
    "Transforms",
    "Vectors",
    "Word2VecSpec",
    "WordMeans",
    "WordVectors",
    "before",
    "compute",
    "cross",
    "cross_key",
    "cross_keys",
    "default_features",
    "derived_function",
    "describe",
    "example_features",
    "feature_words",
    "features_page",
    "l1_weights",
    "mutual_information",
    "pca",
    "permutation_importance",
    "read_features_file",
    "read_replay",
    "replay_of",
    "request",
    "skip_gram",
    "smoothing",
    "snapshot",
    "split_sessions",
    "state_folder",
    "strongest_columns",
    "title_words",
    "truncated_svd",
    "unit_vectors",
    "write_replay",
]
