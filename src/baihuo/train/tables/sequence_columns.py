"""Columns that hold a list: what a visitor did before the row, oldest first."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, PositiveInt

from baihuo.core import BadInput, close_match

AGE_STEPS = 64
"""Ages are known by half powers of two of a second: 64 reach 136 years."""


class SequenceSpec(BaseModel):
    """One column with a list, of a ``--spec``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str  # values, oldest first
    of: str | None = None  # the category that has values of the same kind; None: of their own
    length: PositiveInt = 20  # of which the newest count
    types: str | None = None  # column with a list as long: the kind of each event
    ages_seconds: str | None = None  # column with a list as long: how long before the row
    separator: str | None = None  # between the values of a text; None: spaces, commas, ; and |


@dataclass(frozen=True, slots=True)
class Sequence:
    """A column with lists, and the fields that say what its slots are."""

    name: str
    of: str  # the field of its values, a category of the row or its own
    length: int
    types: str | None = None
    ages: str | None = None
    separator: str | None = None

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Each column that is read for it, and its field: every event has a slot of each."""
        found = [(self.name, self.of)]
        return found + [(name, name) for name in (self.types, self.ages) if name is not None]


def choose_sequences(
    specs: Listed[SequenceSpec], names: Listed[str], others: Listed[str]
) -> tuple[Sequence, ...]:
    """Sequences as specified.

    Args:
        names: All columns of the file.
        others: Those that are something else.

    Raises:
        BadInput: a column is not there, or is named twice.
    """
    taken = list(others)
    found = []
    for spec in specs:
        own = [n for n in (spec.column, spec.types, spec.ages_seconds) if n is not None]
        for name in (*own, *([spec.of] if spec.of else [])):
            if name not in names:
                near = close_match(name, names) or f"one of {', '.join(names)}"
                raise BadInput(f"there is no column {name!r}", fix=near)
        if doubled := [n for at, n in enumerate(own) if n in taken or n in own[:at]]:
            raise BadInput(
                f"sequences: {doubled[0]!r} is named twice, or is another kind of column too",
                fix="name each column once",
            )
        taken += own
        of = spec.of or spec.column
        found.append(
            Sequence(spec.column, of, spec.length, spec.types, spec.ages_seconds, spec.separator)
        )
    return tuple(found)


def with_lists(specs: Listed[SequenceSpec], lists: Listed[str]) -> tuple[SequenceSpec, ...]:
    """The specified ones, and columns with lists that nobody specified."""
    named = {n for s in specs for n in (s.column, s.types, s.ages_seconds)}
    return (*specs, *(SequenceSpec(column=name) for name in lists if name not in named))
