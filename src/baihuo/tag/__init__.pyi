from .crf import (
    Crf as Crf,
    lbfgs as lbfgs,
    train_crf as train_crf,
)
from .tagged_titles import (
    BRAND as BRAND,
    MODEL as MODEL,
    Span as Span,
    THING as THING,
    TagScore as TagScore,
    TaggedTitle as TaggedTitle,
    features_of as features_of,
    plain_characters as plain_characters,
    read_tagged_titles as read_tagged_titles,
    score_tags as score_tags,
    spans_of as spans_of,
    titles_of as titles_of,
)
from .tagger import (
    FoundPart as FoundPart,
    Tagger as Tagger,
    held_back as held_back,
    read_tagger as read_tagger,
    train_tagger as train_tagger,
    write_tagger as write_tagger,
)
