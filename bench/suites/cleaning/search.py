"""What cleaning is worth to search: BM25, plain rank fusion and ours over the raw and the clean catalogue of Icecat."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.connect import import_files, segments
from baihuo.core import Product
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.quality import QualityReport, clean, load_rules, registry
from suites.cleaning.leave_out import without
from suites.cleaning.purchases import changed
from suites.search.measures import evaluate, read_ratings
from suites.search.systems import rankers
from suites.shared.measure import emit

Measures = dict[str, dict[str, NDArray[np.float64]]]
MEASURE = "midpoint"


def search(data: Path, work: Path, *, seed: int) -> None:
    """Emit a line a variant and system."""
    tables, raw = DuckTables(threads=2), work / "icecat-raw"
    import_files(sorted(data.glob("*.zip")), raw=raw, tables=tables, mask=lambda text: text)
    judged = read_ratings(data / "ratings.csv")
    encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=2)
    cache = VectorCache(work / "vectors.sqlite")

    def measured(products: list[Product], variant: str) -> Measures:
        systems = rankers(products, encoders, cache, work / "icecat" / variant.replace(" ", "-"))
        return {
            n: evaluate({q: ranked(q) for q in judged}, judged) for n, ranked in systems.items()
        }

    whole, report = cleaned(raw, work / "icecat-clean", tables)
    reference = measured(whole, "clean")
    emit_measures("clean", reference, reference, 0, seed)
    found = changed(report)
    with only({f.step for f in report.findings if f.is_change}):
        for variant in ("raw", *found):
            leave = None if variant == "raw" else {variant}
            products, _ = cleaned(raw, work / f"icecat-{variant}", tables, leave)
            n = sum(found.values()) if variant == "raw" else found[variant]
            name = variant if variant == "raw" else f"without {variant}"
            print(name, file=sys.stderr, flush=True)
            if words_of(products) == words_of(whole):
                emit(data="icecat", learned_from=name, same=True, n_rows=n)
                continue
            emit_measures(name, measured(products, variant), reference, n, seed)
    cache.close()


def cleaned(
    raw: Path, out: Path, tables: DuckTables, leave: Collection[str] | None = ()
) -> tuple[list[Product], QualityReport]:
    """The catalogue after all checks but those left out; in the order of ids, whatever was checked."""
    with without(leave):
        report = clean(
            tables, events=[], products=segments(raw, "products"), out=out, rules=load_rules(None)
        )
    return table_to_products(pq.read_table(out / "products.parquet")), report


@contextmanager
def only(changing: Collection[str]) -> Iterator[None]:
    """Within, only these steps are run: the others noted things and changed nothing."""
    before = dict(registry.STEPS_BY_TABLE)
    registry.STEPS_BY_TABLE["products"] = tuple(s for s in before["products"] if s.name in changing)
    try:
        yield
    finally:
        registry.STEPS_BY_TABLE.update(before)


def words_of(products: list[Product]) -> list[Product]:
    """What search by relevance reads: everything but the price."""
    return [replace(p, price_minor=None) for p in products]


def emit_measures(
    variant: str, mine: Measures, reference: Measures, n_rows: int, seed: int
) -> None:
    """One line a system: how good it is, and what a clean catalogue adds."""
    for name, columns in mine.items():
        gains = {}
        if mine is not reference:
            gains = {
                f"clean_minus{suffix}": paired_bootstrap(
                    reference[name][m], columns[m], seed=seed
                ).to_json()
                for suffix, m in (("", MEASURE), ("_ndcg10", "ndcg10"))
            }
        emit(
            data="icecat",
            learned_from=variant,
            system=name,
            n_rows=n_rows,
            n=len(columns[MEASURE]),
            midpoint=float(np.nanmean(columns[MEASURE])),
            ndcg10=float(np.nanmean(columns["ndcg10"])),
            **gains,
        )
