"""Parts of a feature state: empty, or from a snapshot on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import Conflict, NotFound
from baihuo.engine import SUMS, verify_folder
from baihuo.features.online.counters import Counters, WindowLog
from baihuo.features.online.product_table import (
    GROUPS,
    Pairs,
    ProductTable,
    Profiles,
    TextVocabulary,
)
from baihuo.features.spec.plan import HISTORY, Block

_MAKE = "run: baihuo features"


@dataclass(slots=True, eq=False)
class StateParts:
    """A state's data of the past."""

    at_us: int  # the newest time seen
    last_seq: int  # includes the live log up to here; 0: none
    products: ProductTable
    visitors: TextVocabulary
    queries: TextVocabulary
    counters: list[Counters]  # in the plan's order of blocks
    pairs: list[Pairs | None]  # of blocks with two parts
    log: WindowLog
    profiles: Profiles

    @classmethod
    def empty(cls, blocks: Sequence[Block]) -> StateParts:
        """Return the parts of an empty state."""
        width = 5 + len(blocks)
        return cls(
            at_us=0,
            last_seq=0,
            products=ProductTable(),
            visitors=TextVocabulary(),
            queries=TextVocabulary(),
            counters=[Counters(block) for block in blocks],
            pairs=[Pairs() if len(block.entity) == 2 else None for block in blocks],
            log=WindowLog(width, np.zeros((0, width))),
            profiles=Profiles(),
        )

    @classmethod
    def load(cls, path: Path, *, features_hash: str, blocks: Sequence[Block]) -> StateParts:
        """Load a :func:`baihuo.features.snapshot` of these declarations.

        Raises:
            NotFound: there is none. BrokenFile: a file is damaged. Conflict: it was made from other declarations or by another version, or
                replaced during the read.
        """
        if not (path / "meta.json").exists() and not (path / SUMS).exists():
            raise NotFound(f"there is no feature snapshot at {path}", fix=_MAKE)
        verify_folder(path, what="feature snapshot", manifest="meta.json", fix=_MAKE)
        text = (path / "meta.json").read_text()
        meta = json.loads(text)
        if meta["features"] != features_hash:
            raise Conflict(
                f"the snapshot at {path} was made from other feature declarations",
                fix=_MAKE,
            )
        if meta.get("history") != [one.name for one in HISTORY]:
            raise Conflict(
                f"the snapshot at {path} is of a version with other data of a visitor",
                fix=_MAKE,
            )
        products = pq.read_table(path / "products.parquet")
        visitors, queries = (
            TextVocabulary(pq.read_table(path / f"{name}.parquet").column(0).to_pylist())
            for name in ("visitors", "queries")
        )
        totals = [pq.read_table(path / f"block_{b}.parquet") for b in range(len(blocks))]
        parts = cls(
            at_us=meta["at_us"],
            last_seq=meta["last_seq"],
            products=ProductTable.from_rows(
                products.sort_by("product").to_pylist(),
                {group: _group_names(products, group) for group in GROUPS},
            ),
            visitors=visitors,
            queries=queries,
            counters=[
                _counters(block, table, meta["at_us"])
                for block, table in zip(blocks, totals, strict=True)
            ],
            pairs=[_pairs(block, table) for block, table in zip(blocks, totals, strict=True)],
            log=WindowLog(5 + len(blocks), _log_rows(pq.read_table(path / "log.parquet"))),
            profiles=_profiles(path / "profiles.parquet"),
        )
        if (path / "meta.json").read_text() != text:
            raise Conflict(
                f"the snapshot at {path} was replaced while it was read", fix="read it again"
            )
        return parts


def _profiles(file: Path) -> Profiles:
    """Read the profiles; empty for an older version."""
    return Profiles.of_rows(pq.read_table(file)) if file.exists() else Profiles()


def _group_names(products: pa.Table, group: str) -> list[str]:
    """Return brands or categories by the blocks' codes. SQL and a state number names in different orders: without this, brands would be
    confused.
    """
    pairs = zip(*(products.column(c).to_pylist() for c in (group, f"{group}_name")), strict=True)
    name_of = {code: name for code, name in pairs if code and name}
    # A deleted name keeps its number.
    return [name_of.get(code, f"\0{code}") for code in range(1, max(name_of, default=0) + 1)]


def _counters(block: Block, table: pa.Table, at_us: int) -> Counters:
    contexts, codes = (table.column(name).to_numpy() for name in ("context", "code"))
    slots = np.arange(1, table.num_rows + 1) if len(block.entity) == 2 else contexts + codes
    n = int(slots.max(initial=0)) + 1
    totals = np.zeros((n + n // 10 + 64, block.width))
    for c in range(block.width):
        totals[slots, c] = table.column(f"c{c}").to_numpy()
    return Counters(block, totals, ref_us=at_us)


def _pairs(block: Block, table: pa.Table) -> Pairs | None:
    if len(block.entity) != 2:
        return None
    contexts, codes = (table.column(name).to_numpy() for name in ("context", "code"))
    return Pairs(contexts, codes.astype(np.int32))


def _log_rows(table: pa.Table) -> NDArray[np.float64]:
    rows = np.empty((table.num_rows, table.num_columns))
    for c, column in enumerate(table.columns):
        rows[:, c] = column.to_numpy()
    return rows
