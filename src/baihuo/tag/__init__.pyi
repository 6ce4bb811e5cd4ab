from .character_features import features_of, plain_characters
from .crf import Crf, train_crf
from .limited_memory import lbfgs
from .own_titles import BRAND, MODEL, THING, titles_of
from .tagged_titles import (
    Span,
    TaggedTitle,
    TagScore,
    read_tagged_titles,
    score_tags,
    spans_of,
)
from .tagger import FoundPart, Tagger, held_back, read_tagger, train_tagger, write_tagger

__all__ = [
    "BRAND",
    "MODEL",
    "THING",
    "Crf",
    "FoundPart",
    "Span",
    "TagScore",
    "TaggedTitle",
    "Tagger",
    "features_of",
    "held_back",
    "lbfgs",
    "plain_characters",
    "read_tagged_titles",
    "read_tagger",
    "score_tags",
    "spans_of",
    "titles_of",
    "train_crf",
    "train_tagger",
    "write_tagger",
]
