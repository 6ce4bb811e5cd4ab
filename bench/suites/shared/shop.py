"""A shop for a benchmark: from files through import and checks, and an index of what is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.connect import Options, import_files, segments
from baihuo.connect.rows import Mask
from baihuo.core import ShopPaths
from baihuo.core.progress import Progress, no_progress
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables
from baihuo.index import Generation, build
from baihuo.privacy import column_mask
from baihuo.quality import QualityReport, clean, load_rules
from baihuo.simulate import SampleShop, make_shop


def import_and_clean(
    paths: ShopPaths,
    files: Sequence[Path],
    *,
    tables: DuckTables,
    mask: Mask,
    format: str | None = None,  # noqa: A002 - as in Options
) -> QualityReport:
    """Raw rows into ``paths.raw``, checked rows into ``paths.clean``; default rules."""
    import_files(files, raw=paths.raw, tables=tables, mask=mask, options=Options(format=format))
    return clean(
        tables,
        events=segments(paths.raw, "events"),
        products=segments(paths.raw, "products"),
        out=paths.clean,
        rules=load_rules(None),
    )


def simulated_shop(
    paths: ShopPaths, *, seed: int, n_products: int, n_events: int, tables: DuckTables
) -> SampleShop:
    """A simulated shop, imported and checked.

    Raises:
        ShopError: the rules stopped training on it.
    """
    shop = make_shop(paths.root / "shop", seed=seed, n_products=n_products, n_events=n_events)
    import_and_clean(
        paths, [shop.events, shop.products], tables=tables, mask=column_mask(bytes(32))
    ).raise_if_stopped()
    return shop


def simulated_index(
    paths: ShopPaths,
    *,
    seed: int,
    n_products: int,
    n_events: int,
    tables: DuckTables,
    progress: Progress = no_progress,
) -> Generation:
    """A simulated shop through import, checks and index; what is there already is used again."""
    if not (paths.clean / "report.json").exists():
        simulated_shop(paths, seed=seed, n_products=n_products, n_events=n_events, tables=tables)
    return indexed(paths, progress=progress)


def indexed(paths: ShopPaths, *, progress: Progress = no_progress) -> Generation:
    """The checked catalogue, searchable. Encoders and vectors stay in the folder for the next run."""
    encoders = paths.root / "encoders"
    if not encoders.exists():
        export_encoders(encoders)
    folder = build(
        table_to_products(pq.read_table(paths.clean / "products.parquet")),
        encoders=Encoders.open(encoders, n_threads=2),
        cache=VectorCache(paths.root / "vectors.sqlite"),
        out=paths.index,
        progress=progress,
    )
    return Generation.open(folder, Encoders.open(encoders))
