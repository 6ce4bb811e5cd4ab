"""What each part of our ranking is worth on judged searches, and what choosing its weights gains where it was not chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any
from unittest.mock import patch

import numpy as np

from baihuo.encode import Encoders
from baihuo.evaluate import paired_bootstrap
from baihuo.index import FusionWeights, Generation, SearchTuning, Thresholds
from baihuo.index.words import query_words
from baihuo.train import JudgedQueries, group_of, nested

Judged = dict[str, dict[str, int]]
_WEIGHTS = ("description", "coverage", "nearness", "feedback", "neighbours", "kind")
_NO_HEAD = ("baihuo.index.match._GroupScores.credit", lambda self, is_sure: None)
_WORDS_ARE_SURE = ("baihuo.index.kind_match._BY_WORDS", 1.0)
_NO_MODELS: tuple[str, Any] = ("baihuo.index.read_limits.typed_models", lambda folded, snapshot: [])
_NO_SYNONYMS: tuple[str, Any] = (
    "baihuo.index.query_parser.words_read_as",
    lambda text, *more: (text, []),
)


def ablation(
    open_index: Callable[[], Generation], judged: Judged, *, seed: int = 7
) -> Iterator[dict[str, Any]]:
    """A row for each part left out, beside the whole; then two rows of nested cross-validation."""
    whole = _asked(open_index(), judged)
    present = SearchTuning()
    yield {"part": "whole", **_means(whole, present)}
    for name in _WEIGHTS:
        without = SearchTuning(weights=FusionWeights(**{name: 0.0}))
        yield _against(whole, present, whole, without, f"without {name}")
    bare = SearchTuning(weights=FusionWeights(description=0.0, neighbours=0.0))
    parts: dict[str, tuple[tuple[str, Any], ...]] = {
        "model numbers as words": (_NO_MODELS,),
        "without words that mean the same": (_NO_SYNONYMS,),
        "without the kind's head in titles that lack it": (_NO_HEAD,),
        "words anywhere say the kind as surely as a title": (_WORDS_ARE_SURE,),
        "none of the four (description, neighbours, both above)": (_NO_HEAD, _WORDS_ARE_SURE),
    }
    for part, patches in parts.items():
        with ExitStack() as stack:
            for target, value in patches:
                stack.enter_context(patch(target, value))
            other = _asked(open_index(), judged)
        tuning = bare if part.startswith("none of the four") else present
        yield _against(whole, present, other, tuning, part)
    for start, name in (
        (bare, "nested, from no description or neighbours"),
        (present, "nested, from the whole"),
    ):
        yield {"part": name, **_nested(whole, start, seed)}


def _asked(generation: Generation, judged: Judged) -> JudgedQueries:
    gains = {q: {p: 2.0**g - 1 for p, g in by.items()} for q, by in judged.items()}
    return JudgedQueries(generation, gains, thresholds=Thresholds())


def _means(asked: JudgedQueries, tuning: SearchTuning) -> dict[str, float]:
    whole, among, known = asked.values(tuning).mean(axis=0)
    found = {"midpoint": (whole + among) / 2, "ndcg10": whole, "ndcg10_judged": among}
    return {k: round(float(v), 5) for k, v in (found | {"judged10": known}).items()}


def _against(
    whole: JudgedQueries,
    present: SearchTuning,
    other: JudgedQueries,
    tuning: SearchTuning,
    part: str,
) -> dict[str, Any]:
    """The means of one, and what the whole has more, with its interval."""
    gain = paired_bootstrap(whole.goal(present), other.goal(tuning), seed=7)
    return {
        "part": part,
        **_means(other, tuning),
        "whole_minus_this": [round(v, 5) for v in (gain.mid, gain.low, gain.high)],
    }


def _nested(asked: JudgedQueries, start: SearchTuning, seed: int) -> dict[str, Any]:
    """Held-out gain of choosing over the start, and how often each weight was changed."""
    found = nested(asked, start, [group_of(t, query_words) for t in asked.texts], seed=seed)
    before = asdict(start.weights)
    changed: dict[str, int] = {}
    for one in found.of_folds:
        for name, value in asdict(one.weights).items():
            if value != before[name]:
                key = f"{name} {before[name]:g} to {value:g}"
                changed[key] = changed.get(key, 0) + 1
        for name in ("dense_probability", "min_should_match"):
            if getattr(one, name) is not None:
                key = f"{name} {getattr(one, name):g}"
                changed[key] = changed.get(key, 0) + 1
    return {
        "midpoint": round(float(np.mean(found.held_out[:, :2])), 5),
        "start": round(float(np.mean(found.present[:, :2])), 5),
        "held_out_gain": [round(v, 5) for v in (found.gain.mid, found.gain.low, found.gain.high)],
        "n_tried": asked.n_tried,
        "chosen_in_folds": changed,
        "n_folds": len(found.of_folds),
    }


def opener(folder: Any, encoders: Encoders) -> Callable[[], Generation]:
    """Opens the index again: what was matched before is forgotten."""
    return lambda: Generation.open(folder, encoders)
