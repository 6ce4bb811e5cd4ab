"""Spelling correction of Latin words that no product has.

Corrected are only words that nobody would type on purpose: not a name of goods or of a maker, not a word
of the language (as far as the English encoder's vocabulary says), no numbers and model codes. The
correction is a word as titles write it, never a stem.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from baihuo.core import Product
from baihuo.index.known_phrases import folded
from baihuo.index.words import latin_words

Surfaces = Mapping[str, int]
"""A word as it is written in titles, brands and categories → number of times."""

_FILE = "surfaces.json"
_MIN_LENGTH, _LONG = 4, 8  # short words have too many unrelated neighbours
_MOST_CANDIDATES = 20


def surfaces_of(products: Iterable[Product]) -> dict[str, int]:
    """The Latin words of titles, brands and categories, as written there."""
    counts: Counter[str] = Counter()
    for product in products:
        for text in (product.title_en, product.title_zh, product.brand, *product.category):
            if text:
                counts.update(w for w in latin_words(folded(text)) if w.isalpha())
    return {word: count for word, count in counts.items() if len(word) >= _MIN_LENGTH - 1}


def save_surfaces(surfaces: Surfaces, folder: Path) -> None:
    """Write ``surfaces.json``."""
    (folder / _FILE).write_text(json.dumps(surfaces, ensure_ascii=False), "utf-8")


def load_surfaces(folder: Path) -> dict[str, int]:
    """Load what :func:`save_surfaces` wrote; an earlier version wrote nothing."""
    file = folder / _FILE
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def corrected(word: str, surfaces: Surfaces, *, is_known: Callable[[str], bool]) -> str | None:
    """The word that was probably meant, as titles write it; None if there is none.

    Args:
        word: folded, in no product.
        surfaces: of the catalogue.
        is_known: whether somebody would type a word on purpose.
    """
    if len(word) < _MIN_LENGTH or not word.isalpha() or word in surfaces or is_known(word):
        return None
    near = extract(
        word,
        surfaces.keys(),
        scorer=DamerauLevenshtein.distance,
        score_cutoff=1 if len(word) < _LONG else 2,
        limit=_MOST_CANDIDATES,
    )
    found = [(-int(d), surfaces[s], s) for s, d, _ in near if s[0] == word[0]]
    return max(found)[2] if found else None
