"""Sizes of a network over rows of categories and numbers. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

IS_THERE = "is_there"
"""In addition to the rows of the tables, where a row has histories: ``[rows, slots]``, 0 where a slot has no known value, else 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Slots of a row's events: the newest last, padding before the oldest."""

    first: int  # slot of the first item
    length: int  # events
    n_parts: int = 1  # slots for each event: its item, and its other fields, ``length`` slots later
    target: int | None = None  # the row's field with values of the same kind as the items

    @property
    def n_slots(self) -> int:
        """All of them."""
        return self.length * self.n_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSlots:
    """Slots whose values have a text, as a vector."""

    slots: tuple[int, ...]
    dim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepShape:
    """Sizes of a network."""

    n_fields: int  # of a row, without its histories
    n_numbers: int
    embedding_size: int = 16
    layers: tuple[int, ...] = (256, 128)
    dropout: float = 0.0
    n_crosses: int = 3  # cross layers of DCN
    histories: tuple[History, ...] = ()
    n_blocks: int = 1  # of attention over a history
    n_heads: int = 2
    sizes: tuple[int, ...] = ()  # values of each field, of the row and of its histories
    slots: tuple[int, ...] = ()  # of each slot its place in ``sizes``
    texts: tuple[TextSlots, ...] = ()
    text_alone: float = 0.0  # share of values that are trained by their text alone

    @property
    def n_inputs(self) -> int:
        """Width of a row's concatenated embeddings and numbers."""
        return self.n_fields * self.embedding_size + self.n_numbers
