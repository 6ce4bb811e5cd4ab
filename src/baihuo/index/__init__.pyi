from .answer import answer_set as answer_set, lexical_core as lexical_core
from .answers import AnswerSet as AnswerSet
from .applied_limits import SOLD_OUT_TIER as SOLD_OUT_TIER
from .build import INDEX_FORMAT as INDEX_FORMAT, IndexOptions as IndexOptions, build as build
from .clicked_kinds import with_clicked_words as with_clicked_words
from .filter_language import BadFilter as BadFilter, conditions_of as conditions_of
from .filters import FilterMasks as FilterMasks, simple_filters as simple_filters
from .generation import Generation as Generation
from .goods import goods_names as goods_names, names_goods_of as names_goods_of
from .int8_vectors import Int8Vectors as Int8Vectors
from .inverted_file import InvertedFile as InvertedFile
from .kind_match import QueryKind as QueryKind
from .match import PAIR_SCORES as PAIR_SCORES, Match as Match
from .postings import Postings as Postings, invert as invert
from .purposes import (
    PURPOSES_FILE as PURPOSES_FILE,
    has_purpose as has_purpose,
    read_purposes as read_purposes,
)
from .read_as import MinedSynonym as MinedSynonym, synonyms_used as synonyms_used
from .related.learned import (
    LearnedSearches as LearnedSearches,
    learn_related as learn_related,
    read_related as read_related,
    write_related as write_related,
)
from .related.related_searches import RelatedSearches as RelatedSearches
from .related.learned import search_key as search_key
from .relevance import FusionWeights as FusionWeights, TextEvidence as TextEvidence, fuse as fuse
from .row_vectors import RowVectors as RowVectors
from .sealed import format_of as format_of
from .search_tuning import UNTUNED as UNTUNED, SearchTuning as SearchTuning
from .typed_queries import SEARCHED_EVENTS as SEARCHED_EVENTS
from .shared_attributes import shared_attributes as shared_attributes
from .snapshot import Snapshot as Snapshot
from .suggest import Completions as Completions, Suggester as Suggester, Suggestions as Suggestions
from .synonyms import Synonyms as Synonyms, read_synonyms as read_synonyms
from .tagged_heads import TitleTagger as TitleTagger
from .texts import vector_texts as vector_texts
from .thresholds import Calibration as Calibration, Thresholds as Thresholds
from .typed_queries import (
    TypedQuery as TypedQuery,
    read_typed_queries as read_typed_queries,
    typed_queries as typed_queries,
    write_typed_queries as write_typed_queries,
)
from .words import index_terms as index_terms, query_words as query_words, single_han as single_han
