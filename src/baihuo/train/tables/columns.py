"""Which column of a table is what: label, category, number, group, weight. Declared in a file, or seen from the first rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from baihuo.core import BadInput, close_match
from baihuo.train.tables.sequence_columns import (
    AGE_STEPS,
    Sequence,
    SequenceSpec,
    choose_sequences,
)
from baihuo.train.tables.text_columns import TextColumn, choose_texts

FORMAT = 2
_READ = (1, FORMAT)  # 1: numbers had no bins
Scale = Literal["log", "plain"]


class TableSpec(BaseModel):
    """``--spec``: what the columns of a table are. What it does not name is seen from the first rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str | None = None
    group: str | None = None  # rows of one request, which stand together
    weight: str | None = None  # how much a row counts
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()  # scaled by the logarithm
    plain_numbers: tuple[str, ...] = ()  # only standardised
    ignore: tuple[str, ...] = ()
    sequences: tuple[SequenceSpec, ...] = ()  # lists of what was before the row
    texts: dict[str, str] = {}  # category to the column with a text of its value


@dataclass(frozen=True, slots=True)
class Category:
    """A field of values. Row 0 is that of unknown and missing ones."""

    name: str
    size: int = 1  # rows of embeddings: values and 0
    hash_size: int | None = None  # values are hashed into this many rows; None: counted
    min_count: int = 1


@dataclass(frozen=True, slots=True)
class Number:
    """A number: signed logarithm or as it is, then standardised by the training rows; a missing one is 0.

    With ``bins`` its bin is a field besides: effects that rise and fall, and what a missing one means, are learned as those
    of values are.
    """

    name: str
    scale: Scale = "log"
    mean: float = 0.0
    deviation: float = 1.0
    bins: int = 0  # about so many; 0: no field
    edges: tuple[
        float, ...
    ] = ()  # between the bins, on its scale, not standardised; row 0 is missing

    @property
    def size(self) -> int:
        """Rows of embeddings: bins and 0."""
        return len(self.edges) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that a model reads, in order."""

    label: str
    categories: tuple[Category, ...]
    numbers: tuple[Number, ...]
    group: str | None = None
    weight: str | None = None
    sequences: tuple[Sequence, ...] = ()
    of_sequences: tuple[Category, ...] = ()  # fields that only sequences have
    texts: tuple[TextColumn, ...] = ()

    @property
    def fields(self) -> tuple[Category, ...]:
        """All that have vectors: categories of the row, and those of its sequences alone."""
        return self.categories + self.of_sequences

    @property
    def sizes(self) -> list[int]:
        """Rows of embeddings of each field, then of each number that has bins."""
        return [c.size for c in self.fields] + [n.size for n in self.binned]

    @property
    def binned(self) -> tuple[Number, ...]:
        """Numbers whose bin is a field."""
        return tuple(n for n in self.numbers if n.bins)

    @property
    def n_fields(self) -> int:
        """Of the row itself: categories, and numbers that have bins."""
        return len(self.categories) + len(self.binned)

    @property
    def slots(self) -> list[int]:
        """For each number of a prepared row its place in :attr:`sizes`: categories, then bins, then each part of each sequence.

        >>> both = (Number("price", bins=2, edges=(1.0,)),)
        >>> lists = {"sequences": (Sequence("seen", "seen", 2),), "of_sequences": (Category("seen", 9),)}
        >>> columns = Columns(label="y", categories=(Category("city", 4),), numbers=both, **lists)
        >>> columns.sizes, columns.slots
        ([4, 9, 3], [0, 2, 1, 1])
        """
        places = {c.name: place for place, c in enumerate(self.fields)}
        n = len(self.fields)
        found = [*range(len(self.categories)), *range(n, n + len(self.binned))]
        for sequence in self.sequences:
            for _, field in sequence.parts:
                found += [places[field]] * sequence.length
        return found

    def without_label(self) -> Columns:
        """To score rows whose outcome is not known."""
        return replace(self, label="", group=None, weight=None)

    def to_json(self) -> dict[str, object]:
        """As ``columns.json``."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def read(cls, path: Path) -> Columns:
        """From ``columns.json``.

        Raises:
            BadInput: not there, damaged, or of another version.
        """
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{path} cannot be read: {error}", fix="name a folder that training wrote"
            ) from error
        if (version := stored.pop("format", None)) not in _READ:
            is_newer = isinstance(version, int) and version > FORMAT
            raise BadInput(
                f"{path} is of a {'newer' if is_newer else 'different'} version ({version}; this one reads {FORMAT})",
                fix="update baihuo" if is_newer else "train again: baihuo train --table FILE",
            )
        if stored.pop("then", None) is not None:
            raise BadInput(
                f"{path}: models of two outcomes are gone", fix="train one of each outcome"
            )
        stored["categories"] = tuple(Category(**c) for c in stored["categories"])
        numbers = ({**n, "edges": tuple(n.get("edges", ()))} for n in stored["numbers"])
        stored["numbers"] = tuple(Number(**n) for n in numbers)
        stored["sequences"] = tuple(Sequence(**s) for s in stored.get("sequences", ()))
        stored["texts"] = tuple(TextColumn(**t) for t in stored.get("texts", ()))
        stored["of_sequences"] = tuple(Category(**c) for c in stored.get("of_sequences", ()))
        return cls(**stored)


def choose_columns(
    names: list[str],
    is_number: dict[str, bool],
    spec: TableSpec,
    *,
    hash_size: int | None = None,
    min_count: int = 1,
    number_bins: int = 0,
) -> Columns:
    """What each column is: by the specification, else by its first rows.

    Args:
        names: All columns of the file.
        is_number: For each, whether the values of the first rows are numbers.

    Raises:
        BadInput: no label, or a column that the specification names is not there.
    """
    if spec.label is None:
        raise BadInput("the label column is not named", fix="--label NAME, or label: in --spec")
    special = [n for n in (spec.label, spec.group, spec.weight) if n is not None]
    for name in (*special, *spec.categories, *spec.numbers, *spec.plain_numbers, *spec.ignore):
        if name not in names:
            near = close_match(name, names) or f"one of {', '.join(names)}"
            raise BadInput(f"there is no column {name!r}", fix=near)
    declared = (*special, *spec.categories, *spec.numbers, *spec.plain_numbers, *spec.ignore)
    sequences = choose_sequences(spec.sequences, names, declared)
    listed = {column for s in sequences for column, _ in s.parts}
    left = [n for n in names if n not in (*special, *spec.ignore, *listed, *spec.texts.values())]
    numbers = tuple(
        Number(n, "plain" if n in spec.plain_numbers else "log", bins=number_bins)
        for n in left
        if n in (*spec.numbers, *spec.plain_numbers) or (n not in spec.categories and is_number[n])
    )
    taken = {n.name for n in numbers}
    size = 1 if hash_size is None else hash_size + 1
    categories = tuple(Category(n, size, hash_size, min_count) for n in left if n not in taken)
    if not numbers and not categories and not sequences:
        raise BadInput("there is no column to learn from", fix="name some beside the label")
    return Columns(
        label=spec.label,
        categories=categories,
        numbers=numbers,
        group=spec.group,
        weight=spec.weight,
        sequences=sequences,
        of_sequences=_of_sequences(sequences, categories, hash_size, min_count),
        texts=choose_texts(
            spec.texts, names, [c.name for c in categories], is_hashed=hash_size is not None
        ),
    )


def _of_sequences(
    sequences: tuple[Sequence, ...],
    categories: tuple[Category, ...],
    hash_size: int | None,
    min_count: int,
) -> tuple[Category, ...]:
    """Fields of sequences that are no categories of the row.

    Raises:
        BadInput: a sequence has values of a column that is no category.
    """
    taken = {c.name for c in categories}
    size = 1 if hash_size is None else hash_size + 1
    found: list[Category] = []
    for sequence in sequences:
        if sequence.of not in taken and sequence.of != sequence.name:
            raise BadInput(
                f"sequences: {sequence.name!r} has values of {sequence.of!r}, which is no category",
                fix=f"declare it in --spec: categories: [{sequence.of}]",
            )
        for name in (sequence.of, sequence.types):
            if name is not None and name not in taken:
                found.append(Category(name, size, hash_size, min_count))
                taken.add(name)
        if sequence.ages is not None:
            found.append(Category(sequence.ages, AGE_STEPS + 1, AGE_STEPS))
    return tuple(found)
