"""A shop of a grown catalogue, kept between runs: catalogue, index, and a bundle without click models."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo import bundle, index
from baihuo.catalog import Catalog
from baihuo.core import LISTS_FROM, Product, ShopPaths
from baihuo.core.progress import Progress, no_progress
from baihuo.core.tables import EVENTS, products_to_table
from baihuo.encode import MINILM, Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables
from baihuo.features import default_features, snapshot, state_folder
from baihuo.index import Generation
from baihuo.index.texts import vector_texts
from suites.scale.catalogue import GivenVectors, grown
from suites.search.systems import read_products

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Grown:
    """A shop in ``root``; ``build_cpu_s`` is what its index took without encoding."""

    root: Path
    index_id: str
    build_cpu_s: float
    encoders: Path

    def opened(self) -> Generation:
        return Generation.open(
            ShopPaths(self.root).index / self.index_id, Encoders.open(self.encoders)
        )


def real_catalogue(
    data: Path, work: Path, *, progress: Progress = no_progress
) -> tuple[list[Product], Floats, Path]:
    """The products of ``data``, their vectors by the real encoder, and the folder of the encoders."""
    folder = work / "encoders"
    if not folder.exists():
        export_encoders(folder, progress=progress)
    products = [p for p in read_products(data, work) if MINILM in vector_texts(p)]
    cache = VectorCache(work / "vectors.sqlite")
    minilm = Encoders.open(folder, n_threads=os.cpu_count() or 1).get(MINILM)
    vectors = cache.vectors(minilm, [vector_texts(p)[MINILM] for p in products], progress)
    cache.close()
    return products, vectors, folder


def grown_shop(
    data: Path,
    work: Path,
    n: int,
    *,
    seed: int,
    lists_from: int = LISTS_FROM,
    progress: Progress = no_progress,
) -> Grown:
    """A shop of ``n`` products; one that is in ``work`` already is taken as it is."""
    root = work / f"grown-{n}-{seed}-{'lists' if n >= lists_from else 'scan'}"
    note = root / "grown.json"
    if note.exists():
        kept = json.loads(note.read_text("utf-8"))
        return Grown(root, kept["index_id"], kept["build_cpu_s"], work / "encoders")
    real, real_vectors, encoders = real_catalogue(data, work, progress=progress)
    products, vectors = grown(real, real_vectors, n, seed=seed)
    paths = ShopPaths(root)
    given = GivenVectors(products, vectors, MINILM)
    started = time.process_time()
    generation = index.build(
        products,
        encoders=Encoders.open(encoders),
        cache=given,
        out=paths.index,
        options=index.IndexOptions(lists_from=lists_from),
        progress=progress,
    )
    build_cpu_s = time.process_time() - started
    _live(paths, products, encoders, generation.name)
    kept = {"index_id": generation.name, "build_cpu_s": build_cpu_s}
    note.write_text(json.dumps(kept), "utf-8")
    return Grown(root, generation.name, build_cpu_s, encoders)


def rebuilt(data: Path, work: Path, shop: Path, seed: int) -> str:
    """One more generation of a grown shop's catalogue as it is now, without lists: its id. Texts that were there when the shop was
    made get their vectors again, others are encoded."""
    paths = ShopPaths(shop)
    catalog = Catalog(paths.catalog)
    products = list(catalog.products())
    catalog.close()
    real, real_vectors, encoders = real_catalogue(data, work)
    made, vectors = grown(real, real_vectors, len(products), seed=seed)
    folder = index.build(
        products,
        encoders=Encoders.open(encoders),
        cache=GivenVectors(made, vectors, MINILM),
        out=paths.index,
        options=index.IndexOptions(
            lists_from=LISTS_FROM if len(products) < LISTS_FROM else len(products) + 1
        ),
    )
    return folder.name


def _live(paths: ShopPaths, products: Sequence[Product], encoders: Path, index_id: str) -> None:
    catalog = Catalog(paths.catalog)
    catalog.upsert(products, is_import=True)
    catalog.close()
    features = default_features()
    snapshot(
        DuckTables(threads=1),
        features,
        events=pa.Table.from_pylist([], schema=EVENTS),
        products=products_to_table(products),
        at_us=1,
        out=state_folder(paths.features, features),
    )
    bundle_id = bundle.write(
        paths.bundles, {"encoders": encoders, "features.json": features.to_json()}
    )
    bundle.set_live(paths.bundles, bundle_id, index_id)
