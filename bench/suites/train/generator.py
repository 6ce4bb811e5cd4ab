"""Rows of impressions with a known truth: 13 counts, 26 categories of three to 100,000 values, and pairs of them that matter.

The log-odds of a click are the sum of an effect of each value, of each count, and of products of hidden vectors for
twelve pairs of fields. Drawn in chunks, so that any number of rows fits into memory.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

N_NUMBERS, N_CATEGORIES, N_PAIRS = 13, 26, 12
_CHUNK = 200_000
_BASE = -1.5
_PARTS = (0.75, 0.35, 1.0)  # spread of values, counts and pairs in log-odds


class _Truth:
    def __init__(self, rng: np.random.Generator) -> None:
        self.sizes = np.unique(np.geomspace(3, 100_000, N_CATEGORIES).astype(int))
        self.sizes = np.sort(np.resize(self.sizes, N_CATEGORIES))
        self.popular = [np.cumsum(1 / np.arange(1, n + 1) ** 1.1) for n in self.sizes]
        self.effects = [rng.normal(size=n) for n in self.sizes]
        self.vectors = [rng.normal(size=(n, 2)) for n in self.sizes]
        self.pairs = rng.choice(N_CATEGORIES // 2, size=(N_PAIRS, 2))  # fields that rows can teach
        self.names = [
            np.array([f"v{one:07x}" for one in rng.integers(0, 2**28, n)]) for n in self.sizes
        ]
        self.slopes = rng.normal(size=N_NUMBERS)

    def chunk(self, rng: np.random.Generator, n: int) -> pa.Table:
        values = np.stack([np.searchsorted(c, rng.random(n) * c[-1]) for c in self.popular], axis=1)
        hidden = rng.normal(size=(n, N_NUMBERS))
        single = sum(e[values[:, f]] for f, e in enumerate(self.effects)) / np.sqrt(N_CATEGORIES)
        paired = np.zeros(n)
        for a, b in self.pairs:
            paired += np.einsum(
                "ij,ij->i", self.vectors[a][values[:, a]], self.vectors[b][values[:, b]]
            )
        paired /= np.sqrt(2 * N_PAIRS)
        counted = hidden @ self.slopes / np.sqrt(N_NUMBERS)
        odds = _BASE + _PARTS[0] * single + _PARTS[1] * counted + _PARTS[2] * paired
        label = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int8)
        counts = np.round(np.exp(1.0 + hidden))
        counts[rng.random(counts.shape) < 0.05] = np.nan
        columns: dict[str, object] = {"label": label}
        for i in range(N_NUMBERS):
            columns[f"I{i + 1}"] = pa.array(counts[:, i], from_pandas=True)
        for f in range(N_CATEGORIES):
            names = pa.array(self.names[f])
            coded = pa.DictionaryArray.from_arrays(values[:, f].astype(np.int32), names)
            columns[f"C{f + 1}"] = coded.dictionary_decode()
        return pa.table(columns)


def make(folder: Path, *, n_rows: int, seed: int, kind: str) -> None:
    """Write train, valid and test (80, 10 and 10 of a hundred rows) as ``kind``: csv or parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = _Truth(np.random.default_rng([seed, 0]))
    rng = np.random.default_rng([seed, 1])
    for name, share in (("train", 0.8), ("valid", 0.1), ("test", 0.1)):
        left, writer = round(n_rows * share), None
        path = folder / f"{name}.{kind}"
        while left:
            table = truth.chunk(rng, min(left, _CHUNK))
            left -= len(table)
            if writer is None:
                kinds = {"csv": pacsv.CSVWriter, "parquet": pq.ParquetWriter}
                writer = kinds[kind](path, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
