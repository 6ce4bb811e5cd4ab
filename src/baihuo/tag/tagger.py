"""The tagger of a shop: learns from tagged titles, is stored in one small file, tags titles and searches."""

from __future__ import annotations

import json
import random
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from baihuo.core import BadInput, Progress, no_progress
from baihuo.engine import written_whole
from baihuo.tag.crf import Crf, train_crf
from baihuo.tag.tagged_titles import (
    Span,
    TaggedTitle,
    TagScore,
    features_of,
    plain_characters,
    score_tags,
    spans_of,
)

_FORMAT = 1
_L2 = 1.0
_LEAST_SEEN = 2  # a feature of fewer characters is left out
_STEPS = 90
_SMALL = 0.02  # weights that are stored as none
_HELD_BACK = 0.1  # share of the titles that F1 is measured on
_LEAST_TITLES = 50


class FoundPart(NamedTuple):
    """A part of a text with its tag."""

    tag: str
    start: int
    end: int
    text: str
    probability: float  # of the least sure of its characters


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """Tags texts. Immutable; threads may share it."""

    tags: tuple[str, ...]
    number_of: Mapping[str, int]  # of each feature
    crf: Crf
    scores: tuple[TagScore, ...] = ()  # on titles that it did not learn from

    def tag(self, text: str) -> list[FoundPart]:
        """The parts of a text, in order; characters that are not seen by people are as good as others."""
        if not text:
            return []
        emission = self.crf.emission
        scores = np.zeros((len(text), len(self.tags)))
        for at, names in enumerate(features_of(plain_characters(text))):
            numbers = [n for name in names if (n := self.number_of.get(name)) is not None]
            scores[at] = emission[numbers].sum(axis=0)
        best, probabilities = self.crf.best(scores)
        sure = probabilities[np.arange(len(text)), best]
        return [
            FoundPart(
                s.tag, s.start, s.end, text[s.start : s.end], float(sure[s.start : s.end].min())
            )
            for s in spans_of([self.tags[i] for i in best])
        ]

    def spans(self, text: str) -> list[Span]:
        """The parts without text and probability."""
        return [Span(p.tag, p.start, p.end) for p in self.tag(text)]


def train_tagger(
    titles: Sequence[TaggedTitle],
    *,
    tested_on: Sequence[TaggedTitle] = (),
    cut: str = "",
    l2: float = _L2,
    steps: int = _STEPS,
    progress: Progress = no_progress,
) -> Tagger:
    """Learn from tagged titles; a minute of one core for 6,000.

    Args:
        titles: tagged.
        tested_on: others, to measure F1 on; without them a tenth of ``titles`` is held back first, by text, and the tagger
            is fitted again to all of them.
        cut: a tag that every title has, as all titles of a catalogue that name their brand do: a copy of each title without
            its parts is learned from too, so that not every title is taken to have one.
        l2: strength of the L2 penalty.
        steps: of L-BFGS, at most.
        progress: of the steps.

    Raises:
        BadInput: fewer than 50 titles, all the same text, or no tag but ``O``.
    """
    if len(titles) < _LEAST_TITLES or all(t == "O" for title in titles for t in title.tags):
        raise BadInput(
            f"{len(titles)} titles are too few to learn from, or none has a tag",
            fix=f"give {_LEAST_TITLES} tagged titles or more",
        )
    learned_from, held = (titles, tested_on) if tested_on else held_back(titles)
    if not learned_from:
        raise BadInput(
            f"all {len(titles)} titles are the same text, and F1 needs another one",
            fix="give different titles",
        )
    tagger = _fitted([*learned_from, *_without(learned_from, cut)], l2, steps, progress)
    scores = tuple(
        score_tags([spans_of(t.tags) for t in held], [tagger.spans(t.text) for t in held])
    )
    if not tested_on:
        tagger = _fitted([*titles, *_without(titles, cut)], l2, steps, progress)
    return Tagger(tagger.tags, tagger.number_of, tagger.crf, scores)


def _without(titles: Sequence[TaggedTitle], cut: str) -> list[TaggedTitle]:
    """The titles without their parts of one tag."""
    made = []
    for title in titles if cut else ():
        kept = [i for i, tag in enumerate(title.tags) if tag[2:] != cut]
        if kept and len(kept) < len(title.text):
            text = "".join(title.text[i] for i in kept)
            made.append(TaggedTitle(text, tuple(title.tags[i] for i in kept)))
    return made


def held_back(
    titles: Sequence[TaggedTitle], *, share: float = _HELD_BACK, seed: int = 7
) -> tuple[list[TaggedTitle], list[TaggedTitle]]:
    """Titles to learn from, and a share of the distinct texts to test on: no text is in both."""
    texts = sorted({t.text for t in titles})
    random.Random(seed).shuffle(texts)
    chosen = {*texts[: max(1, round(share * len(texts)))]}
    kept = [t for t in titles if t.text not in chosen]
    return kept, list({t.text: t for t in titles if t.text in chosen}.values())


def _fitted(titles: Sequence[TaggedTitle], l2: float, steps: int, progress: Progress) -> Tagger:
    names = [features for t in titles for features in features_of(plain_characters(t.text))]
    counts = Counter(name for features in names for name in features)
    number_of = {
        name: number
        for number, name in enumerate(n for n, seen in counts.items() if seen >= _LEAST_SEEN)
    }
    rows = [[number_of[n] for n in features if n in number_of] for features in names]
    starts = np.concatenate(([0], np.cumsum([len(r) for r in rows])))
    columns = np.fromiter((c for r in rows for c in r), np.int32, count=int(starts[-1]))
    matrix = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(rows), len(number_of)))
    tags = tuple(sorted({tag for t in titles for tag in t.tags} | {"O"}))
    tag_number = {tag: i for i, tag in enumerate(tags)}
    crf = train_crf(
        matrix,
        np.array([tag_number[tag] for t in titles for tag in t.tags], np.int64),
        [len(t.text) for t in titles],
        n_tags=len(tags),
        l2=l2,
        most_steps=steps,
        progress=lambda done: progress("learn to tag", done, steps),
    )
    return _pruned(Tagger(tags, number_of, crf))


def _pruned(tagger: Tagger) -> Tagger:
    """Without features whose weights are all near 0, and with weights as the file stores them."""
    emission = tagger.crf.emission
    kept = np.flatnonzero(np.abs(emission).max(axis=1) >= _SMALL)
    names = list(tagger.number_of)
    number_of = {names[old]: new for new, old in enumerate(kept)}
    stored: NDArray[np.float64] = emission[kept].astype(np.float16).astype(np.float64)
    return Tagger(tagger.tags, number_of, Crf(stored, tagger.crf.transition, tagger.crf.start))


def write_tagger(file: Path, tagger: Tagger) -> None:
    """Replace the file in one step."""
    about = {"format": _FORMAT, "tags": tagger.tags, "scores": tagger.scores}
    with written_whole(file) as part, part.open("wb") as out:
        np.savez_compressed(
            out,
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
            features=np.frombuffer("\n".join(tagger.number_of).encode(), np.uint8),
            emission=tagger.crf.emission.astype(np.float16),
            transition=tagger.crf.transition,
            start=tagger.crf.start,
        )


def read_tagger(file: Path) -> Tagger | None:
    """What :func:`write_tagger` wrote; None where there is no file.

    Raises:
        BadInput: the file is damaged or of another version.
    """
    if not file.exists():
        return None
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            return _read(stored)
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        BadZipFile,
        zlib.error,
        RuntimeError,
    ) as error:  # the last: an archive that calls itself encrypted, or compressed in another way
        raise BadInput(
            f"{file} is no tagger of this version: {error or 'it is empty'}",
            fix="train it: baihuo tagger train",
        ) from None


def _read(stored: Mapping[str, NDArray[Any]]) -> Tagger:
    about = json.loads(stored["about"].tobytes())
    if about["format"] != _FORMAT:
        raise ValueError(f"format {about['format']}")
    tags = tuple(map(str, about["tags"]))
    names = stored["features"].tobytes().decode().split("\n")
    crf = Crf(stored["emission"].astype(np.float64), stored["transition"], stored["start"])
    wanted = {
        "emission": (crf.emission, (len(names), len(tags))),
        "transition": (crf.transition, (len(tags), len(tags))),
        "start": (crf.start, (len(tags),)),
    }
    for name, (values, shape) in wanted.items():
        if values.shape != shape or not np.isfinite(values).all():
            raise ValueError(f"{name} must be {shape} numbers")
    scores = tuple(TagScore(*s) for s in about["scores"])
    return Tagger(tags, {n: i for i, n in enumerate(names)}, crf, scores)
