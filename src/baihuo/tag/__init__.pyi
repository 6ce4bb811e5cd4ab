from .character_features import features_of as features_of, plain_characters as plain_characters
from .crf import Crf as Crf, train_crf as train_crf
from .limited_memory import lbfgs as lbfgs
from .own_titles import BRAND as BRAND, MODEL as MODEL, THING as THING, titles_of as titles_of
from .tagged_titles import (
    Span as Span,
    TaggedTitle as TaggedTitle,
    TagScore as TagScore,
    read_tagged_titles as read_tagged_titles,
    score_tags as score_tags,
    spans_of as spans_of,
)
from .tagger import (
    FoundPart as FoundPart,
    Tagger as Tagger,
    held_back as held_back,
    read_tagger as read_tagger,
    train_tagger as train_tagger,
    write_tagger as write_tagger,
)
