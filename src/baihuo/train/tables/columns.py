"""Which column of a table is what: label, category, number, group, weight. Declared in a file, or seen from the first rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from baihuo.core import BadInput, close_match

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

    @property
    def sizes(self) -> list[int]:
        """Rows of embeddings of each field: categories, then numbers that have bins."""
        return [c.size for c in self.categories] + [n.size for n in self.binned]

    @property
    def binned(self) -> tuple[Number, ...]:
        """Numbers whose bin is a field."""
        return tuple(n for n in self.numbers if n.bins)

    @property
    def n_fields(self) -> int:
        """Categories, and numbers that have bins."""
        return len(self.categories) + len(self.binned)

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
        stored["categories"] = tuple(Category(**c) for c in stored["categories"])
        numbers = ({**n, "edges": tuple(n.get("edges", ()))} for n in stored["numbers"])
        stored["numbers"] = tuple(Number(**n) for n in numbers)
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
    left = [n for n in names if n not in (*special, *spec.ignore)]
    numbers = tuple(
        Number(n, "plain" if n in spec.plain_numbers else "log", bins=number_bins)
        for n in left
        if n in (*spec.numbers, *spec.plain_numbers) or (n not in spec.categories and is_number[n])
    )
    taken = {n.name for n in numbers}
    size = 1 if hash_size is None else hash_size + 1
    categories = tuple(Category(n, size, hash_size, min_count) for n in left if n not in taken)
    if not numbers and not categories:
        raise BadInput("there is no column to learn from", fix="name some beside the label")
    return Columns(
        label=spec.label,
        categories=categories,
        numbers=numbers,
        group=spec.group,
        weight=spec.weight,
    )
