"""The files that what was learned of messages is kept in: arrays and JSON, nothing that runs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.understand.message_model import (
    BusinessOdds,
    MessageModel,
    Vocabulary,
    blocks_of,
)
from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.spans import SpanModel
from baihuo.assist.understand.text_features import Sounds
from baihuo.core import BadInput, NotFound
from baihuo.engine import written_whole
from baihuo.tag import Crf

MESSAGES, ENTITIES = "messages.npz", "entities.npz"
FILES = (MESSAGES, ENTITIES)
_FORMAT = 1


def write_messages(folder: Path, model: MessageModel) -> None:
    """Replace ``messages.npz`` in one step."""
    about = {
        "format": _FORMAT,
        "intents": model.intents,
        "temperature": model.temperature,
        "business_start": model.business_start,
        "slope": model.business.slope,
        "start": model.business.start,
    }
    _write(
        folder / MESSAGES,
        about,
        features=_joined(model.vocabulary.number_of),
        rarity=model.vocabulary.rarity.astype(np.float32),
        intent_weights=model.intent_weights.astype(np.float16),
        intent_starts=model.intent_starts,
        business_weights=model.business_weights.astype(np.float16),
        **_words("own", model.own_words),
        **_words("spelling", model.spelling),
        business_lines=model.business.lines,
        characters=_joined(model.sounds.of),
        syllables=_joined(model.sounds.of.values()),
    )


def write_entities(folder: Path, model: SpanModel) -> None:
    """Replace ``entities.npz`` in one step."""
    _write(
        folder / ENTITIES,
        {"format": _FORMAT, "tags": model.tags},
        features=_joined(model.number_of),
        known_words=_joined(sorted(model.known_words)),
        emission=model.crf.emission.astype(np.float16),
        transition=model.crf.transition,
        start=model.crf.start,
    )


def read_messages(folder: Path) -> MessageModel:
    """What :func:`write_messages` wrote.

    Raises:
        NotFound: it is not there.
        BadInput: it is damaged or of another version.
    """
    file = folder / MESSAGES
    if not file.exists():
        raise NotFound(f"nothing learned of messages in {folder}", fix=_FIX)
    return _opened(file, _messages)


def read_entities(folder: Path) -> SpanModel | None:
    """What :func:`write_entities` wrote; None where no entities were learned; errors as :func:`read_messages`."""
    file = folder / ENTITIES
    return _opened(file, _entities) if file.exists() else None


_FIX = "train and release again: baihuo train, then baihuo release"
_Stored = Mapping[str, NDArray[Any]]


def _messages(stored: _Stored, about: Mapping[str, Any]) -> MessageModel:
    names = _split(stored["features"])
    intents = tuple(map(str, about["intents"]))
    n, n_intents = len(names), len(intents)
    _check(stored, intent_weights=(n, n_intents), intent_starts=(n_intents,), rarity=(n,))
    _check(stored, business_weights=(n,), business_lines=(2, 5))
    numbers = {name: at for at, name in enumerate(names)}
    vocabulary = Vocabulary(numbers, stored["rarity"].astype(np.float64), blocks_of(names))
    of = dict(zip(_split(stored["characters"]), _split(stored["syllables"]), strict=True))
    temperature = float(about["temperature"])
    if not temperature > 0:
        raise ValueError(f"temperature {temperature}")
    return MessageModel(
        sounds=Sounds(of),
        spelling=_near_words(stored, "spelling"),
        vocabulary=vocabulary,
        intents=intents,
        intent_weights=stored["intent_weights"].astype(np.float32),
        intent_starts=stored["intent_starts"].astype(np.float64),
        temperature=temperature,
        business_weights=stored["business_weights"].astype(np.float32),
        business_start=float(about["business_start"]),
        own_words=_near_words(stored, "own"),
        business=BusinessOdds(
            stored["business_lines"].astype(np.float64),
            float(about["slope"]),
            float(about["start"]),
        ),
    )


def _entities(stored: _Stored, about: Mapping[str, Any]) -> SpanModel:
    names, tags = _split(stored["features"]), tuple(map(str, about["tags"]))
    _check(stored, emission=(len(names), len(tags)), transition=(len(tags), len(tags)))
    _check(stored, start=(len(tags),))
    if "O" not in tags:
        raise ValueError("no tag O")
    return SpanModel(
        tags,
        {name: at for at, name in enumerate(names)},
        frozenset(_split(stored["known_words"])),
        Crf(stored["emission"].astype(np.float64), stored["transition"], stored["start"]),
    )


def _write(file: Path, about: Mapping[str, Any], **arrays: NDArray[Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(about, ensure_ascii=False, sort_keys=True)
    with written_whole(file) as part, part.open("wb") as out:
        np.savez_compressed(out, about=np.frombuffer(text.encode(), np.uint8), **arrays)  # type: ignore[arg-type]


def _opened(file: Path, read: Any) -> Any:
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(arrays["about"].tobytes())
        if about["format"] != _FORMAT:
            raise ValueError(f"format {about['format']}")
        return read(arrays, about)
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        BadZipFile,
        zlib.error,
        RuntimeError,
    ) as error:
        raise BadInput(
            f"{file} is not of this version: {error or 'it is empty'}", fix=_FIX
        ) from None


def _check(stored: _Stored, **shapes: tuple[int, ...]) -> None:
    for name, shape in shapes.items():
        values = stored[name]
        if values.shape != shape or not np.isfinite(values).all():
            raise ValueError(f"{name} must be {shape} numbers")


def _words(name: str, words: NearWords) -> dict[str, NDArray[Any]]:
    counts = words.counts
    return {
        f"{name}_words": _joined(counts),
        f"{name}_counts": np.array([*counts.values()], np.int64),
    }


def _near_words(stored: _Stored, name: str) -> NearWords:
    words, counts = _split(stored[f"{name}_words"]), stored[f"{name}_counts"]
    return NearWords(dict(zip(words, map(int, counts), strict=True)))


def _joined(texts: Any) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _split(joined: NDArray[Any]) -> Sequence[str]:
    text = joined.tobytes().decode()
    return text.split("\n") if text else []
