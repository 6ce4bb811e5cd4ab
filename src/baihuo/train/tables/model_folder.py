"""A trained network as a folder: opened and asked with ONNX alone, no torch; nothing in it is a pickle.

``model.onnx`` serves, ``weights.safetensors`` holds the same weights, ``columns.json`` and ``values.parquet`` say what it
reads, ``settings.json`` and ``report.json`` how it was trained, and ``files.json`` the hash of each. Where a smaller network
serves, ``served`` holds its ONNX, weights and settings; the files above are those of the trained one.
"""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BrokenFile, NotFound
from baihuo.models import onnx_session
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_rows import encode_outcome, encode_rows
from baihuo.train.tables.read_table import batches, column_names
from baihuo.train.tables.read_texts import read_first_texts
from baihuo.train.tables.request_fields import RequestData
from baihuo.train.tables.request_rows import RequestRows
from baihuo.train.tables.served_texts import ENCODERS, open_texts
from baihuo.train.tables.vocabulary import Vocabulary, read_vocabularies

FILES = (
    "model.onnx",
    "weights.safetensors",
    "columns.json",
    "values.parquet",
    "settings.json",
    "report.json",
)
BESIDE = "beside.safetensors"  # of a model with members beside its networks
SERVED = "served"
"""The part of the folder with the network that serves, where it is not the trained one: its ONNX, weights and settings."""
_PARTS = (ENCODERS, SERVED)

_SCORED_ROWS = 8192  # at once: their inputs side by side are what takes memory


def move_in(new: Path, folder: Path) -> None:
    """Put the finished files of ``new`` into ``folder``; the hashes first away and last of all back.

    A folder without them is not finished. What needs room on the disk is done before the old files change.
    """
    more = [path.name for path in sorted(_more_in(new))]
    inside = [p for part in _PARTS for p in sorted((new / part).rglob("*")) if p.is_file()]
    hashed = (*FILES, *more, *(path.relative_to(new).as_posix() for path in inside))
    hashes = {name: _hash(new / name) for name in hashed}
    (new / "files.json").write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    (folder / "files.json").unlink(missing_ok=True)
    for old in _more_in(folder):
        old.unlink()
    for part in _PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)
        if (new / part).exists():
            (new / part).replace(folder / part)
    for name in (*FILES, *more, "files.json"):
        (new / name).replace(folder / name)


def _more_in(folder: Path) -> list[Path]:
    """Files that not every model has."""
    names = ("texts.*.npy", "projection.*.npy", BESIDE)
    return [path for name in names for path in folder.glob(name)]


class TableModel:
    """A trained network, opened."""

    def __init__(self, folder: Path, *, threads: int = 1, whole: bool = False) -> None:
        """Open what serves; with ``whole`` the trained network, where a smaller one serves.

        Raises:
            NotFound: no finished model is there.
            BrokenFile: a file was changed or is missing.
        """
        check_folder(folder)
        self.columns = Columns.read(folder / "columns.json")
        network = folder if whole else serving_part(folder)
        self.settings: dict[str, Any] = json.loads((network / "settings.json").read_text("utf-8"))
        hash_sizes = [c.hash_size for c in self.columns.fields]
        self._vocabularies = read_vocabularies(folder / "values.parquet", hash_sizes)
        self._texts = open_texts(folder, self.columns)
        self._session = onnx_session((network / "model.onnx").read_bytes(), threads=threads)

    def score(
        self,
        categories: NDArray[np.int32],
        numbers: NDArray[np.float32],
        texts: Sequence[NDArray[np.float32]] | None = None,
    ) -> NDArray[np.float32]:
        """Numbers of values ``[rows, slots]`` and scaled numbers ``[rows, numbers]`` to ``[rows]``.

        A probability with the loss ``binary``, else the output: larger first. ``texts``: projected, of a file that has values
        of its own; None: of the values that training had.
        """
        if texts is None:
            texts = [text.projected for text in self._texts]
        return scored(self._session, categories, numbers, texts)

    def score_rows(self, data: RequestData) -> NDArray[np.float32]:
        """Scores ``[rows]`` of what a request has: rows (each a mapping of field to word, number or list), or columns.

        The fields are those of the training table, None or NaN where missing; others are not read. The first call builds
        the table of values.

        Raises:
            BadInput: a field is missing, or a value cannot be read; row and field are named.
        """
        return self.score(*self.encode_rows(data)) if data else np.empty(0, dtype=np.float32)

    def encode_rows(self, data: RequestData) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """What :meth:`score` takes, of rows or columns; errors as :meth:`score_rows`."""
        return self._requests.encode(data)

    @cached_property
    def _requests(self) -> RequestRows:
        return RequestRows(self.columns, self._vocabularies)

    def values_of_file(self, path: Path) -> tuple[list[Vocabulary], list[NDArray[np.float32]]]:
        """Values and projected texts, with those that only this file has."""
        if not self._texts:
            return self._vocabularies, []
        vocabularies = copy.deepcopy(self._vocabularies)
        places = {c.name: place for place, c in enumerate(self.columns.fields)}
        found = []
        for column, text in zip(self.columns.texts, self._texts, strict=True):
            given = read_first_texts(path, column)
            vocabulary = vocabularies[places[column.of]]
            n_known = vocabulary.size
            vocabulary.look_up(list(given), grow=True)
            new = vocabulary.values()[n_known - 1 :]
            found.append(text.with_new([given[value] for value in new]))
        return vocabularies, found

    def score_file(
        self, path: Path
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32] | None]]:
        """Scores of a file's rows, a batch at a time, and their labels where all of them have one.

        Raises:
            BadInput: a column is missing, or a value cannot be read.
        """
        columns = self.columns
        is_labelled = columns.label in column_names(path)
        if not is_labelled:
            columns = columns.without_label()
        n_rows, (vocabularies, texts) = 0, self.values_of_file(path)
        for batch in batches(path, columns):
            where = (path, n_rows)
            ids, numbers = encode_rows(batch, columns, vocabularies, where)
            labels = None
            if is_labelled and not batch.column(columns.label).null_count:
                labels = encode_outcome(batch, columns.label, path, n_rows)
            yield self.score(ids, numbers, texts), labels
            n_rows += batch.num_rows


def serving_part(folder: Path) -> Path:
    """Where the network lies that serves: ``model.onnx``, ``weights.safetensors`` and ``settings.json``."""
    return folder / SERVED if (folder / SERVED).is_dir() else folder


def scored(
    session: Any,
    categories: NDArray[np.int32],
    numbers: NDArray[np.float32],
    texts: Sequence[NDArray[np.float32]] = (),
) -> NDArray[np.float32]:
    """As :meth:`TableModel.score`."""
    given = {"categories": categories, "numbers": numbers}
    asked = {i.name: given[i.name] for i in session.get_inputs() if i.name in given}
    always = {f"text_{number}": values for number, values in enumerate(texts)}
    found = []
    for start in range(0, max(len(categories), 1), _SCORED_ROWS):
        some = {name: rows[start : start + _SCORED_ROWS] for name, rows in asked.items()} | always
        (scores,) = session.run(["y"], some)
        found.append(np.asarray(scores, dtype=np.float32))
    return np.concatenate(found)


def check_folder(folder: Path) -> None:
    """That a folder holds a finished model, as it was written.

    Raises:
        NotFound: it does not.
        BrokenFile: a file was changed or is missing.
    """
    listed = folder / "files.json"
    if not listed.exists():
        raise NotFound(
            f"there is no trained model in {folder}",
            fix=f"baihuo train --table FILE --label COLUMN --out {folder}",
        )
    try:
        hashes = json.loads(listed.read_text("utf-8"))
        expected_of = {name: str(hashes[name]) for name in (*FILES, *hashes)}
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenFile(
            f"{listed} was changed: it does not name every file of the model",
            fix="train again, or restore the file",
        ) from error
    for name, expected in expected_of.items():
        path = folder / name
        actual = _hash(path) if path.exists() else "no file"
        if actual != expected:
            raise BrokenFile(
                f"{path} was changed or is missing: SHA-256 {actual}, files.json says {expected}",
                fix="train again, or restore the file",
            )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
