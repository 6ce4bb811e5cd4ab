"""Sliding windows of visitors' sequences, as the files of the Amazon sequences hold them."""

from __future__ import annotations

import csv
import gzip
import html
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.models import Sequences


@dataclass(frozen=True, slots=True)
class Window:
    """One row: what a visitor had, oldest first, and the item that came next."""

    visitor: str
    history: tuple[int, ...]
    came: int


@dataclass(frozen=True, slots=True)
class Items:
    """The catalogue, by item number."""

    titles: list[str]
    brands: list[str]  # folded; "": none


@contextmanager
def _opened(file: Path) -> Iterator[IO[str]]:
    opened: Any = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as text:
        yield text


def read_items(file: Path) -> Items:
    """From JSON: item number to its title and brand.

    Raises:
        BadInput: the numbers are not 0, 1, 2, …
    """
    with _opened(file) as text:
        stored: dict[str, dict[str, str]] = json.load(text)
    if sorted(map(int, stored)) != list(range(len(stored))):
        raise BadInput(
            f"{file.name}: items are not numbered 0 to {len(stored) - 1}",
            fix="number the items without holes",
        )
    rows = [stored[str(i)] for i in range(len(stored))]
    return Items(
        [html.unescape(row.get("title") or "") for row in rows],
        [html.unescape(row.get("brand") or "").strip().casefold() for row in rows],
    )


def read_windows(file: Path, *, n_items: int) -> list[Window]:
    """From CSV with ``user_id``, ``history_item_id`` (a list) and ``item_id``.

    Raises:
        BadInput: a row that is none, with its number.
    """
    csv.field_size_limit(10_000_000)
    windows = []
    with _opened(file) as text:
        for number, row in enumerate(csv.DictReader(text), 2):
            try:
                history = tuple(int(i) for i in json.loads(row["history_item_id"]))
                came = int(row["item_id"])
            except (KeyError, TypeError, ValueError) as error:
                raise BadInput(
                    f"{file.name}: row {number}: {error}",
                    fix='give user_id, history_item_id such as "[3, 7]" and item_id',
                ) from error
            if not history or not all(0 <= i < n_items for i in (*history, came)):
                raise BadInput(
                    f"{file.name}: row {number}: an empty history, or an item that is not in the catalogue",
                    fix=f"item numbers are 0 to {n_items - 1}",
                )
            windows.append(Window(row["user_id"], history, came))
    return windows


def joined(windows: Sequence[Window], *, n_items: int) -> Sequences:
    """Each visitor's windows as one sequence, so that nothing is counted twice.

    A window continues a sequence that ends with its history; one that a sequence holds already adds nothing.
    Windows that overlap with nothing start a sequence of their own.
    """
    of_visitor: dict[str, list[Window]] = defaultdict(list)
    for window in windows:
        of_visitor[window.visitor].append(window)
    sequences: list[list[int]] = []
    for own in of_visitor.values():
        sequences += _joined(own)
    return Sequences.of(sequences, n_items=n_items)


def _joined(windows: list[Window]) -> list[list[int]]:
    found: list[list[int]] = []
    for window in windows:
        history, whole = list(window.history), [*window.history, window.came]
        for sequence in found:
            if sequence[-len(history) :] == history:
                sequence.append(window.came)
                break
            if _holds(sequence, whole):
                break
        else:
            found.append(whole)
    return found


def _holds(sequence: list[int], part: list[int]) -> bool:
    return any(sequence[at : at + len(part)] == part for at in range(len(sequence) - len(part) + 1))


def asked(
    windows: Sequence[Window], *, n_items: int
) -> tuple[Sequences, NDArray[np.int32], list[str]]:
    """Histories of a test, the item that came after each, and whose they are."""
    histories = Sequences.of([window.history for window in windows], n_items=n_items)
    came = np.array([window.came for window in windows], dtype=np.int32)
    return histories, came, [window.visitor for window in windows]


def parted(
    windows: Sequence[Window], *, share: float, seed: int
) -> tuple[list[Window], list[Window]]:
    """Visitors drawn for the test, and all others."""
    visitors = sorted({window.visitor for window in windows})
    drawn = np.random.default_rng(seed).permutation(len(visitors))[: int(share * len(visitors))]
    tested = {visitors[i] for i in drawn}
    return (
        [window for window in windows if window.visitor not in tested],
        [window for window in windows if window.visitor in tested],
    )
