from .answer import answer_set, lexical_core
from .answers import AnswerSet
from .applied_limits import SOLD_OUT_TIER
from .build import build
from .clicked_kinds import with_clicked_words
from .filter_language.bad_filter import BadFilter
from .filter_language.simple import conditions_of, simple_filters
from .filters import FilterMasks
from .generation import Generation
from .int8_vectors import Int8Vectors
from .match import PAIR_SCORES, Match
from .query_kind import QueryKind
from .relevance import FusionWeights, TextEvidence, fuse
from .search_tuning import TUNED_FILE, SearchTuning, read_tuning, write_tuning
from .shared_attributes import shared_attributes
from .snapshot import RowVectors, Snapshot
from .suggest import Completions, Suggester, Suggestions
from .synonyms import Synonyms, read_synonyms
from .thresholds import Calibration, Thresholds
from .typed_queries import TypedQuery, read_typed_queries, typed_queries, write_typed_queries

__all__ = [
    "PAIR_SCORES",
    "SOLD_OUT_TIER",
    "TUNED_FILE",
    "AnswerSet",
    "BadFilter",
    "Calibration",
    "Completions",
    "FilterMasks",
    "FusionWeights",
    "Generation",
    "Int8Vectors",
    "Match",
    "QueryKind",
    "RowVectors",
    "SearchTuning",
    "Snapshot",
    "Suggester",
    "Suggestions",
    "Synonyms",
    "TextEvidence",
    "Thresholds",
    "TypedQuery",
    "answer_set",
    "build",
    "conditions_of",
    "fuse",
    "lexical_core",
    "read_synonyms",
    "read_tuning",
    "read_typed_queries",
    "shared_attributes",
    "simple_filters",
    "typed_queries",
    "with_clicked_words",
    "write_tuning",
    "write_typed_queries",
]
