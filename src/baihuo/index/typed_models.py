"""Reads model and part numbers that a search writes otherwise than the catalogue: together, apart, with other separators.

A number is read only where the catalogue has the same letters and digits in the same order, side by side: nothing is corrected.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.index.known_terms import n_rows
from baihuo.index.limits.measures import measures_in
from baihuo.index.model_runs import PART, ModelRuns, is_measure, runs_in, surface_of
from baihuo.index.phrases import some_of
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified
from baihuo.index.words import stem

_MOST_READ = 24  # products whose text is read for how they write a number
_MOST_RUNS = 128  # of one search

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TypedModel:
    """A model number in a folded query text."""

    joined: str
    start: int
    end: int
    written: str  # as most of the products write it, folded


def typed_models(folded: str, snapshot: Snapshot) -> list[TypedModel]:
    """The model numbers of a text, the longest where several overlap, in the order of the text.

    Those are read that are the whole model number or code of a product, and those that titles have in other parts than typed.
    What is a measure ("16 gb") is none.
    """
    if not len(snapshot.segments[0].model_runs.hashes) or not any(map(str.isdigit, folded)):
        return []
    runs = sorted(runs_in(folded, is_typed=True), key=lambda run: run[1][0] - run[1][1])
    runs = runs[:_MOST_RUNS]
    measures = [(m.start, m.end) for m in measures_in(folded)] if runs else []
    found: list[TypedModel] = []
    for is_whole in (
        True,
        False,
    ):  # the number of "acme tn2110" is TN-2110, whatever titles have with it
        for joined, (start, end) in runs:
            beside = [(a, b) for a, b in measures if start < b and a < end]
            if beside and (not is_whole or is_measure(folded[start:end])):
                continue
            if any(start < one.end and one.start < end for one in found):
                continue
            if written := _written(joined, folded[start:end], snapshot, is_whole=is_whole):
                found.append(TypedModel(joined, start, end, written))
    return sorted(found, key=lambda one: one.start)


def _written(joined: str, typed: str, snapshot: Snapshot, *, is_whole: bool) -> str:
    """How products write a run; empty where it is no model number, or titles have it as typed and no product is called so.
    ``is_whole``: only a whole model number counts."""
    rows = rows_of_run(snapshot, joined, whole=is_whole)
    if not len(rows):
        return ""
    ways: Counter[str] = Counter()
    for row in some_of(rows, _MOST_READ).tolist():
        texts, local = snapshot.stored(row)
        if surface := to_simplified(surface_of(texts.fields(local), joined)):
            ways[surface] += 1
    if not ways:
        return ""  # another run with the same hash
    parts = PART.findall(typed)
    if any(PART.findall(way) == parts for way in ways):
        return typed if is_whole else ""
    is_free = is_whole or len(parts) == 1 or any(not n_rows(snapshot, stem(p)) for p in parts)
    return max(ways, key=lambda way: (ways[way], way)) if is_free else ""


def rows_of_run(snapshot: Snapshot, joined: str, *, whole: bool = False) -> Rows:
    """Live rows that have a joined run in a title, or as a part of their model number.

    Args:
        snapshot: the index now.
        joined: the run.
        whole: only those whose model number or code it is.
    """
    find = ModelRuns.whole if whole else ModelRuns.inside
    return snapshot.live_rows_where(lambda segment: find(segment.model_runs, joined))
