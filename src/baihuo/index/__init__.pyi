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
from .mined_synonyms import MinedSynonym
from .query_kind import QueryKind
from .shared_attributes import shared_attributes
from .snapshot import RowVectors, Snapshot
from .suggest import Completions, Suggester, Suggestions
from .synonyms import Synonyms, read_synonyms
from .thresholds import Calibration, Thresholds
from .typed_queries import TypedQuery, read_typed_queries, typed_queries, write_typed_queries

__all__ = [
    "PAIR_SCORES",
    "SOLD_OUT_TIER",
    "AnswerSet",
    "BadFilter",
    "Calibration",
    "Completions",
    "FilterMasks",
    "Generation",
    "Int8Vectors",
    "Match",
    "MinedSynonym",
    "QueryKind",
    "RowVectors",
    "Snapshot",
    "Suggester",
    "Suggestions",
    "Synonyms",
    "Thresholds",
    "TypedQuery",
    "answer_set",
    "build",
    "conditions_of",
    "lexical_core",
    "read_synonyms",
    "read_typed_queries",
    "shared_attributes",
    "simple_filters",
    "typed_queries",
    "with_clicked_words",
    "write_typed_queries",
]
