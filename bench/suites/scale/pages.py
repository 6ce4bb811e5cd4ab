"""A search page beside the encoding of its query, and what an index costs to build, open and hold."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence

import numpy as np

from baihuo import bundle
from baihuo.bundle import Bundle
from baihuo.core import Query, ShopPaths, Surface
from baihuo.encode import Encoders
from baihuo.features import FeatureSet, FeatureState, state_folder
from baihuo.index import Generation
from baihuo.rank import Ranker
from suites.scale.shop import Grown
from suites.shared.measure import emit

_OPEN = """
import json, sys, time
from pathlib import Path
from baihuo.encode import Encoders
from baihuo.index import Generation
def anonymous():
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) * 1024
encoders = Encoders.open(Path(sys.argv[2]))
before, started = anonymous(), time.process_time()
generation = Generation.open(Path(sys.argv[1]), encoders)
print(json.dumps([time.process_time() - started, anonymous() - before, generation.n]))
"""

_FIRST = ("warm up", "first search", "第一次搜索")  # a worker makes such pages before it serves


def measure_index(shop: Grown) -> None:
    """CPU to build and to open in a process of its own; bytes a product on disk, which are mapped, and in memory."""
    folder = ShopPaths(shop.root).index / shop.index_id
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, str(folder), str(shop.encoders)],
        stdout=subprocess.PIPE,
        check=True,
    )
    open_cpu_s, heap, n = json.loads(done.stdout)
    files = sum(file.stat().st_size for file in folder.iterdir())
    floats = sum(file.stat().st_size for file in folder.glob("vectors.*.npy"))
    emit(
        part="index",
        products=n,
        build_cpu_s=shop.build_cpu_s,
        open_cpu_s=open_cpu_s,
        open_share_of_build=open_cpu_s / shop.build_cpu_s,
        heap_bytes_a_product=heap / n,
        file_bytes_a_product=files / n,
        of_these_float_vectors=floats / n,
        estimated_gb_of_1e6=(heap + files) / n * 1e6 / 1e9,
    )


def measure_pages(shop: Grown, texts: Sequence[str]) -> None:
    """CPU of a page that nobody asked for before, its query's encoding included, beside that encoding alone."""
    paths = ShopPaths(shop.root)
    live = bundle.read_live(paths.bundles)
    if live is None:
        raise SystemExit(f"{shop.root} has no release")
    sealed = Bundle.open(paths.bundles / live.now.bundle_id)
    encoders = Encoders.open(sealed.folder("encoders"))
    generation = Generation.open(paths.index / live.now.index_id, encoders)
    features = FeatureSet.from_json(sealed.text("features.json"))
    state = FeatureState.load(state_folder(paths.features, features), features)
    ranker = Ranker(sealed, generation, state)
    generation.prepare()  # as a worker does before it serves
    took = []
    for number, text in enumerate([*_FIRST, *texts]):
        started = time.process_time()
        encoders.for_text(text).encode([text])
        encoded = time.process_time()
        ranker.page(_asked(text, number))
        took.append((encoded - started, time.process_time() - encoded))
    took_ms = 1000 * np.array(took[len(_FIRST) :])
    emit(
        part="page",
        products=generation.n,
        queries=len(texts),
        encode_cpu_ms=float(took_ms[:, 0].mean()),
        page_cpu_ms=float(took_ms[:, 1].mean()),
        page_without_encoding_cpu_ms=float((took_ms[:, 1] - took_ms[:, 0]).mean()),
        page_cpu_ms_p99=float(np.quantile(took_ms[:, 1], 0.99)),
        ratio=float(took_ms[:, 1].sum() / took_ms[:, 0].sum()),
        ratio_of_the_median_page=float(np.median(took_ms[:, 1]) / np.median(took_ms[:, 0])),
    )


def _asked(text: str, number: int) -> Query:
    return Query(
        query_id=f"q{number}",
        surface=Surface.SEARCH,
        visitor_id="bench",
        at_us=1,
        query_text=text,
    )
