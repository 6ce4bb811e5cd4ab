"""A snapshot as it lies on disk, read back: what a state starts from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import Conflict, NotFound
from baihuo.features.online.counters import Counters
from baihuo.features.online.pairs import Pairs
from baihuo.features.spec.plan import Block

GROUPS: Final = ("brand", "category")
"""The parts of an entity that a product shares with others."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredState:
    """What :func:`baihuo.features.snapshot` wrote, parsed."""

    at_us: int
    last_seq: int
    products: Sequence[Mapping[str, Any]]  # in the order of their rows
    group_names: Mapping[str, Sequence[str]]  # of ``GROUPS``, by code from 1
    visitors: Sequence[str]  # in the order of their codes
    queries: Sequence[str]
    blocks: Sequence[tuple[Counters, Pairs | None]]  # as the plan lists them
    log: NDArray[np.float64]  # the rows of the window log


def read_state(path: Path, *, features_hash: str, blocks: Sequence[Block]) -> StoredState:
    """Read a snapshot of these declarations.

    Raises:
        NotFound: there is none.
        Conflict: it was made from other declarations, or replaced while it was read.
    """
    if not (path / "meta.json").exists():
        raise NotFound(f"there is no feature snapshot at {path}", fix="run: baihuo features")
    text = (path / "meta.json").read_text()
    said = json.loads(text)
    if said["features"] != features_hash:
        raise Conflict(
            f"the snapshot at {path} was made from other feature declarations",
            fix="run: baihuo features",
        )
    products = pq.read_table(path / "products.parquet")
    visitors, queries = (
        pq.read_table(path / f"{name}.parquet").column(0).to_pylist()
        for name in ("visitors", "queries")
    )
    stored = StoredState(
        at_us=said["at_us"],
        last_seq=said["last_seq"],
        products=products.sort_by("product").to_pylist(),
        group_names={part: _group_names(products, part) for part in GROUPS},
        visitors=visitors,
        queries=queries,
        blocks=[
            _block(block, pq.read_table(path / f"block_{b}.parquet"), said["at_us"])
            for b, block in enumerate(blocks)
        ],
        log=_log(pq.read_table(path / "log.parquet")),
    )
    if (path / "meta.json").read_text() != text:
        raise Conflict(
            f"the snapshot at {path} was replaced while it was read", fix="read it again"
        )
    return stored


def _group_names(products: pa.Table, part: str) -> list[str]:
    """Brands or categories under the codes that the blocks were written with.

    The SQL numbers names in its own order, a state as they come: without this one brand's past would
    be read as another's.
    """
    pairs = zip(*(products.column(c).to_pylist() for c in (part, f"{part}_name")), strict=True)
    name_of = {code: name for code, name in pairs if code and name}
    # A name that is gone keeps its number.
    return [name_of.get(code, f"\0{code}") for code in range(1, max(name_of, default=0) + 1)]


def _block(block: Block, table: pa.Table, at_us: int) -> tuple[Counters, Pairs | None]:
    contexts, codes = (table.column(name).to_numpy() for name in ("context", "code"))
    is_pair = len(block.entity) == 2
    slots = np.arange(1, table.num_rows + 1) if is_pair else contexts + codes
    n = int(slots.max(initial=0)) + 1
    totals = np.zeros((n + n // 10 + 64, block.width))
    for c in range(block.width):
        totals[slots, c] = table.column(f"c{c}").to_numpy()
    counters = Counters(block, totals, ref_us=at_us)
    return counters, Pairs(contexts, codes.astype(np.int32)) if is_pair else None


def _log(table: pa.Table) -> NDArray[np.float64]:
    rows = np.empty((table.num_rows, table.num_columns))
    for c, column in enumerate(table.columns):
        rows[:, c] = column.to_numpy()
    return rows
