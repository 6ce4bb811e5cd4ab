"""Vectors of texts, made once by a frozen encoder: arrays beside the prepared rows, and the encoder in the model's folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, is_latin, no_progress
from baihuo.encode import MINILM, MULTILINGUAL, Encoders, export_encoders
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.read_texts import read_first_texts
from baihuo.train.tables.vocabulary import Vocabulary

Vectors = NDArray[np.float32]


class TextEncoder:
    """One encoder of a folder."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """``name``: which one; None: the only one."""
        encoders = Encoders.open(folder)
        self._encoder = encoders.get(name) if name else next(iter(encoders))

    def encode(self, texts: Sequence[str], progress: Progress = no_progress) -> Vectors:
        """``[texts, dim]``, each of length 1."""
        if not texts:
            return np.zeros((0, self._encoder.dim), np.float32)
        return self._encoder.encode(texts, progress=progress)


def keep_encoder(folder: Path, texts: Sequence[str], progress: Progress = no_progress) -> None:
    """Write the encoder that fits these texts, alone: the multilingual one where a text is not in Latin letters."""
    export_encoders(folder, progress=progress)
    kept = MINILM if all(map(is_latin, texts)) else MULTILINGUAL
    manifest = json.loads((folder / "encoders.json").read_text("utf-8"))
    for name in manifest:
        if name != kept:
            shutil.rmtree(folder / name)
    text = json.dumps({kept: manifest[kept]}, indent=1)
    (folder / "encoders.json").write_text(text, encoding="utf-8")


def with_text_of(
    path: Path, columns: Columns, vocabularies: Sequence[Vocabulary]
) -> list[dict[str, str]]:
    """Texts of a file, text column by text column; values that only it has, and that have a text, get numbers after the known ones."""
    found = []
    places = {c.name: place for place, c in enumerate(columns.fields)}
    for text in columns.texts:
        texts = read_first_texts(path, text)
        vocabularies[places[text.of]].look_up(list(texts), grow=True)
        found.append(texts)
    return found


def write_text_vectors(
    folder: Path,
    texts: Sequence[dict[str, str]],
    columns: Columns,
    vocabularies: Sequence[Vocabulary],
    encoders: Path,
    *,
    like: Path | None = None,
    progress: Progress = no_progress,
) -> list[int]:
    """``texts.N.npy`` ``[numbers of values, dim]`` for each text column, zeros without a text; how wide each is.

    ``like``: a folder with those of the values that have numbers there.
    """
    by_field = {c.name: v for c, v in zip(columns.fields, vocabularies, strict=True)}
    if not (encoders / "encoders.json").exists():
        keep_encoder(encoders, [t for one in texts for t in one.values()], progress)
    encoder = TextEncoder(encoders)
    widths = []
    for number, (text, own) in enumerate(zip(columns.texts, texts, strict=True)):
        values = by_field[text.of].values()
        name = f"texts.{number}.npy"
        before = None if like is None else np.load(like / name)
        n_before = 1 if before is None else len(before)
        asked = [v for v in values[n_before - 1 :] if v in own]
        unique = list(dict.fromkeys(own[v] for v in asked))
        vectors = encoder.encode(unique, progress)
        found = np.zeros((len(values) + 1, vectors.shape[1]), np.float32)
        if before is not None:
            found[:n_before] = before
        place = {one: at for at, one in enumerate(unique)}
        numbers = by_field[text.of].look_up(asked, grow=False)
        found[numbers] = vectors[[place[own[v]] for v in asked]]
        np.save(folder / name, found)
        widths.append(found.shape[1])
    return widths
