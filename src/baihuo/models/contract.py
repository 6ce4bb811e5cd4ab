"""What every learned model is. Read this first: a model is one file of this room, and one line of its registry.

A file declares a :class:`ModelSpec`: a name, what it learns, how it is fitted and how it is opened. What comes out is a
:class:`Model`: it names the inputs it reads, scores rows, and gives the files it is kept as. Trainer, bundle, ranker
and gate know this page and no model by name; tests/models/test_contract.py asks the same of every registered model.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, no_progress

Floats: TypeAlias = NDArray[np.float32]
Scores: TypeAlias = NDArray[np.float64]
File: TypeAlias = bytes | str | Mapping[str, Any]
Files: TypeAlias = Mapping[str, File]
"""Name to content: ``.json`` is a mapping that JSON can hold, ``.txt`` text, anything else bytes. Never a pickle."""

Learns: TypeAlias = Literal["clicks", "purchases", "relevance"]
"""What a model is fitted on: impressions and their clicks, baskets, or judged pairs of words and product."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Rows to learn from. The rows of one group (a page, a visitor's candidates) stand together."""

    columns: tuple[str, ...]
    matrix: Floats  # [rows, columns], NaN: missing
    labels: Floats  # [rows] 0 to 1: did it happen
    gains: NDArray[
        np.int32
    ]  # [rows] grade of the outcome, 0 or more: a gain doubles with each step
    group: NDArray[np.int64]  # [rows] number of the request; only rows of one group are compared
    weights: Floats | None = None  # [rows] how much a row counts; None: all the same

    def __post_init__(self) -> None:
        lengths = {len(self.matrix), len(self.labels), len(self.gains), len(self.group)}
        if self.weights is not None:
            lengths.add(len(self.weights))
        if len(lengths) > 1 or self.matrix.shape[1:] != (len(self.columns),):
            raise ValueError(
                f"matrix {self.matrix.shape}, {len(self.columns)} columns, {len(self.labels)} labels, "
                f"{len(self.gains)} gains, {len(self.group)} groups"
            )

    def take(self, rows: NDArray[Any]) -> Examples:
        """The rows of a mask or of row numbers."""
        return Examples(
            self.columns,
            self.matrix[rows],
            self.labels[rows],
            self.gains[rows],
            self.group[rows],
            None if self.weights is None else self.weights[rows],
        )

    def only(self, columns: tuple[str, ...]) -> Examples:
        """The same rows with only these columns, in this order.

        Raises:
            BadInput: one of them is not there.
        """
        return replace(
            self, columns=columns, matrix=select_columns(self.matrix, self.columns, columns)
        )

    def as_served(self, at_serving: Mapping[str, float]) -> Floats:
        """``[rows, columns]`` with the columns that serving sets to a constant set to it."""
        matrix = self.matrix.copy()
        for name, value in at_serving.items():
            if name in self.columns:
                matrix[:, self.columns.index(name)] = value
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a model says of rows."""

    scores: Scores  # [rows] larger first, comparable within one request only
    probabilities: Scores | None = None  # [rows] P(label), not calibrated; None: it only orders


class Model(ABC):
    """A fitted model. Opening one and asking it needs no torch, and changes nothing in it."""

    columns: tuple[str, ...]
    """The inputs it reads, in order. Serving makes them, or refuses the model."""

    @abstractmethod
    def scores(self, matrix: Floats) -> Scores:
        """``[rows, columns]`` (NaN: missing) to ``[rows]``, larger first, comparable within one request only.

        Raises:
            ValueError: another number of columns.
        """

    def probabilities(self, matrix: Floats) -> Scores | None:
        """``[rows, columns]`` to P(label) ``[rows]``; None: it only orders."""
        return None

    def rough_scores(self, matrix: Floats) -> Scores:
        """As :meth:`scores`, cheaper where a model can: which of many rows are worth the full ones."""
        return self.scores(matrix)

    def predict(self, matrix: Floats) -> Prediction:
        """Scores and probabilities; a model that gets both from one pass says so here."""
        return Prediction(self.scores(matrix), self.probabilities(matrix))

    @abstractmethod
    def files(self) -> Files:
        """What it is kept as: all that opening and continuing need. Equal models have equal files."""

    def importance(self) -> dict[str, float]:
        """Each input's share of what was learned, summing to 1; empty where a model cannot say."""
        return {}


class Blend(Model):
    """A model of other models' answers. The parts are fitted, kept and asked once, whoever else uses them."""

    parts: Mapping[str, Model]
    weights: Mapping[str, float]
    """How much each part counts; one that is not there counts once."""

    @abstractmethod
    def blended(self, answers: Mapping[str, Prediction]) -> Prediction:
        """From what each part says of the same rows."""

    def predict(self, matrix: Floats) -> Prediction:
        """Asks the parts."""
        asked = Predictions(self.parts, matrix, self.columns)
        return self.blended({name: asked.of(name) for name in self.parts})

    def scores(self, matrix: Floats) -> Scores:
        """The blended scores."""
        return self.predict(matrix).scores

    def probabilities(self, matrix: Floats) -> Scores | None:
        """The blended probabilities, where there are any."""
        return self.predict(matrix).probabilities


class Predictions:
    """What several models say of the same rows, each asked at most once."""

    def __init__(
        self, models: Mapping[str, Model], matrix: Floats, columns: tuple[str, ...]
    ) -> None:
        """``matrix``: ``[rows, columns]``; a model gets those it declares, in its order."""
        self._models, self._matrix, self._columns = models, matrix, columns
        self._known: dict[str, Prediction] = {}

    def of(self, name: str) -> Prediction:
        """The prediction of one model.

        Raises:
            BadInput: a column that the model reads is not there.
        """
        if name not in self._known:
            self._known[name] = self._asked(self._models[name])
        return self._known[name]

    def _asked(self, model: Model) -> Prediction:
        if isinstance(model, Blend) and model.parts.keys() <= self._models.keys():
            return model.blended({part: self.of(part) for part in model.parts})
        return model.predict(select_columns(self._matrix, self._columns, model.columns))


@dataclass(frozen=True, slots=True, eq=False)
class ChosenModel:
    """The one of several models that orders, with the parts that it is made of."""

    name: str
    models: Mapping[str, Model]  # by name: it, and its parts where it is a blend

    def scores(self, matrix: Floats, columns: tuple[str, ...]) -> Scores:
        """``[rows, columns]`` to ``[rows]``, larger first.

        Raises:
            BadInput: a column that the model reads is not there.
        """
        return Predictions(self.models, matrix, columns).of(self.name).scores

    def rough_scores(self, matrix: Floats, columns: tuple[str, ...]) -> Scores:
        """As :meth:`scores`, cheaper where the model can; errors as there."""
        model = self.models[self.name]
        return model.rough_scores(select_columns(matrix, columns, model.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class FitContext:
    """Inputs of a fit other than examples."""

    seed: int = 7
    threads: int = 1
    effort: float = 1.0
    """Of the usual steps (trees, passes), above 0: a small task needs fewer. A model that cannot use it ignores it."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of this model, in the words of its own file."""
    at_serving: Mapping[str, float] = field(default_factory=dict)
    """Columns that are real in examples and constant when serving, such as the position."""
    continued: Files | None = None
    """Files of the same model as it was fitted before: go on from its weights, in smaller steps. None: from nothing."""
    parts: Mapping[str, Model] = field(default_factory=dict)
    """The models that :attr:`ModelSpec.made_of` names, already fitted on the same examples."""
    progress: Progress = no_progress
    curves: dict[str, list[float]] = field(default_factory=dict)
    """Filled by the fit: losses and metrics by step, for TensorBoard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A model that can be learned: how it is named, fitted and opened."""

    name: str
    """Also the folder of its files in a bundle. Never changed: bundles are opened by it."""
    learns: Learns
    fit: Callable[[Examples, Examples | None, FitContext], Model]
    """From examples; the second are newer, to stop on (None: nothing newer is kept back). May import torch."""
    open: Callable[[Files, Mapping[str, Model]], Model]
    """From :meth:`Model.files`, and the opened parts of a blend. Imports no torch and runs nothing of the files."""
    settings: type[Any] | None = None
    """A dataclass of what can be set, with defaults; ``train.models`` of ``shop.yaml`` sets it. None: nothing can."""
    searched: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Ranges of them that ``baihuo tune model`` searches where none are given, as under ``tune.space``."""
    made_of: tuple[str, ...] = ()
    """Names of the models it blends, registered before it and learning from the same examples."""


def select_columns(matrix: Floats, columns: tuple[str, ...], wanted: tuple[str, ...]) -> Floats:
    """``[rows, wanted]`` of ``[rows, columns]``; the matrix itself where they are the same.

    Raises:
        BadInput: one of them is not there.
    """
    places = _places(columns, wanted)
    return matrix if places is None else matrix[:, places]


@lru_cache(maxsize=256)  # asked with every page, and the same few each time
def _places(columns: tuple[str, ...], wanted: tuple[str, ...]) -> list[int] | None:
    if columns == wanted:
        return None
    place = {name: at for at, name in enumerate(columns)}
    if missing := [name for name in wanted if name not in place]:
        raise BadInput(
            f"a model reads inputs that are not made here: {', '.join(missing)}",
            fix="train again with this version: baihuo train",
        )
    return [place[name] for name in wanted]


def file_to_bytes(content: File) -> bytes:
    """As written to a disk."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()


def file_from_bytes(name: str, content: bytes) -> File:
    """The inverse of :func:`file_to_bytes`: what kind of file it is, its ending says.

    Raises:
        BadInput: it is not of that kind.
    """
    try:
        if name.endswith(".json"):
            stored: Mapping[str, Any] = json.loads(content)
            return stored
        return content.decode() if name.endswith(".txt") else content
    except ValueError as error:
        raise _damaged(name) from error


def text_of(files: Files, name: str) -> str:
    """A text file.

    Raises:
        BadInput: it is not there, or not text.
    """
    content = files.get(name)
    if not isinstance(content, str):
        raise _damaged(name)
    return content


def json_of(files: Files, name: str) -> Mapping[str, Any]:
    """A file of JSON; errors as :func:`text_of`."""
    content = files.get(name)
    if not isinstance(content, Mapping):
        raise _damaged(name)
    return content


def bytes_of(files: Files, name: str) -> bytes:
    """Any other file; errors as :func:`text_of`."""
    content = files.get(name)
    if not isinstance(content, bytes):
        raise _damaged(name)
    return content


def _damaged(name: str) -> BadInput:
    return BadInput(
        f"a stored model has no {name} that this version can read",
        fix="train again with this version: baihuo train",
    )
