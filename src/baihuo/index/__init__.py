"""The lexical and vector index, and the answer set of a search.

``build`` writes a generation, ``Generation.open`` reads it and takes changes, ``answer_set`` finds all products that match a query.
"""

from baihuo.index.answer import answer_set
from baihuo.index.answers import AnswerSet
from baihuo.index.build import build
from baihuo.index.generation import Generation
from baihuo.index.snapshot import RowVectors, Snapshot
from baihuo.index.thresholds import Calibration, Thresholds

__all__ = [
    "AnswerSet",
    "Calibration",
    "Generation",
    "RowVectors",
    "Snapshot",
    "Thresholds",
    "answer_set",
    "build",
]
