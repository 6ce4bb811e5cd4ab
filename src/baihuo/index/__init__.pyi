from .answer import answer_set, lexical_core
from .answers import AnswerSet
from .applied_limits import SOLD_OUT_TIER
from .build import INDEX_FORMAT, IndexOptions, build
from .clicked_kinds import with_clicked_words
from .filter_language.bad_filter import BadFilter
from .filter_language.simple import conditions_of, simple_filters
from .filters import FilterMasks
from .generation import Generation
from .goods_named import goods_names, names_goods_of
from .int8_vectors import Int8Vectors
from .inverted_file import InvertedFile
from .kind_match import QueryKind
from .match import PAIR_SCORES, Match
from .mined_synonyms import MinedSynonym
from .postings import Postings, invert
from .related.learned import LearnedSearches, learn_related, read_related, write_related
from .related.related_searches import RelatedSearches
from .related.search_key import search_key
from .relevance import FusionWeights, TextEvidence, fuse
from .row_vectors import RowVectors
from .sealed import format_of
from .search_tuning import TUNED_FILE, SearchTuning, read_tuning, write_tuning
from .searched_events import SEARCHED_EVENTS
from .shared_attributes import shared_attributes
from .snapshot import Snapshot
from .suggest import Completions, Suggester, Suggestions
from .synonyms import Synonyms, read_synonyms
from .synonyms_used import synonyms_used
from .tagged_heads import TitleTagger
from .texts import vector_texts
from .thresholds import Calibration, Thresholds
from .typed_queries import TypedQuery, read_typed_queries, typed_queries, write_typed_queries
from .words import index_terms, query_words, single_han

__all__ = [
    "INDEX_FORMAT",
    "PAIR_SCORES",
    "SEARCHED_EVENTS",
    "SOLD_OUT_TIER",
    "TUNED_FILE",
    "AnswerSet",
    "BadFilter",
    "Calibration",
    "Completions",
    "FilterMasks",
    "FusionWeights",
    "Generation",
    "IndexOptions",
    "Int8Vectors",
    "InvertedFile",
    "LearnedSearches",
    "Match",
    "MinedSynonym",
    "Postings",
    "QueryKind",
    "RelatedSearches",
    "RowVectors",
    "SearchTuning",
    "Snapshot",
    "Suggester",
    "Suggestions",
    "Synonyms",
    "TextEvidence",
    "Thresholds",
    "TitleTagger",
    "TypedQuery",
    "answer_set",
    "build",
    "conditions_of",
    "format_of",
    "fuse",
    "goods_names",
    "index_terms",
    "invert",
    "learn_related",
    "lexical_core",
    "names_goods_of",
    "query_words",
    "read_related",
    "read_synonyms",
    "read_tuning",
    "read_typed_queries",
    "search_key",
    "shared_attributes",
    "simple_filters",
    "single_han",
    "synonyms_used",
    "typed_queries",
    "vector_texts",
    "with_clicked_words",
    "write_related",
    "write_tuning",
    "write_typed_queries",
]
