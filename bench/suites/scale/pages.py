"""A search page beside the encoding of its query, and what an index costs to build, open and hold."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import baihuo
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


def measure_pages(shop: Grown, texts: Sequence[str], against: Path | None = None) -> None:
    """CPU of a page that nobody asked for before, its query's encoding included, beside that encoding alone.

    Args:
        against: ``src`` of another version: its pages of the same searches are made in turn, and compared.
    """
    versions = {"now": Path(baihuo.__file__).parents[1]} | ({"before": against} if against else {})
    pages = {name: _Pages(shop.root, source) for name, source in versions.items()}
    rows = []
    for turn, text in enumerate([*_FIRST, *texts]):
        names = sorted(
            pages, reverse=bool(turn % 2)
        )  # who is second finds the processor's caches taken
        rows.append({name: pages[name].page(text) for name in names})
    n = {name: one.close() for name, one in pages.items()}["now"]
    rows = rows[len(_FIRST) :]
    took_ms = 1000 * np.array([(row["now"].encode_s, row["now"].page_s) for row in rows])
    alone_ms = took_ms[:, 1] - took_ms[:, 0]
    compared: dict[str, float] = {}
    if against is not None:
        before = [row["before"] for row in rows]
        before_ms = 1000 * float(np.mean([one.page_s - one.encode_s for one in before]))
        compared = {
            "before_without_encoding_cpu_ms": before_ms,
            "share_of_before": float(alone_ms.mean()) / before_ms,
            "same_pages": float(np.mean([r["now"].digest == r["before"].digest for r in rows])),
        }
    emit(
        part="page",
        products=n,
        queries=len(texts),
        encode_cpu_ms=float(took_ms[:, 0].mean()),
        page_cpu_ms=float(took_ms[:, 1].mean()),
        page_without_encoding_cpu_ms=float(alone_ms.mean()),
        page_cpu_ms_p99=float(np.quantile(took_ms[:, 1], 0.99)),
        ratio=float(took_ms[:, 1].sum() / took_ms[:, 0].sum()),
        ratio_of_the_median_page=float(np.median(took_ms[:, 1]) / np.median(took_ms[:, 0])),
        **compared,
    )


@dataclass(frozen=True)
class _Page:
    encode_s: float  # of CPU
    page_s: float
    digest: str  # of what the page shows


class _Pages:
    """A process that makes pages with the source of one version."""

    def __init__(self, root: Path, source: Path) -> None:
        paths = (source, Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        )

    def page(self, text: str) -> _Page:
        return _Page(**self._answer(text))

    def close(self) -> int:
        """The number of products, when no more pages are wanted."""
        n = int(self._answer(None))
        self._process.wait()
        return n

    def _answer(self, text: str | None) -> Any:
        assert self._process.stdin is not None  # both are pipes
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def make_pages(root: Path) -> None:
    """Answer each search that comes in with a line: the times and a digest of its page; null ends it."""
    paths = ShopPaths(root)
    live = bundle.read_live(paths.bundles)
    if live is None:
        raise SystemExit(f"{root} has no release")
    sealed = Bundle.open(paths.bundles / live.now.bundle_id)
    encoders = Encoders.open(sealed.folder("encoders"))
    generation = Generation.open(paths.index / live.now.index_id, encoders)
    features = FeatureSet.from_json(sealed.text("features.json"))
    state = FeatureState.load(state_folder(paths.features, features), features)
    ranker = Ranker(sealed, generation, state)
    generation.prepare()  # as a worker does before it serves
    for number, line in enumerate(sys.stdin):
        text = json.loads(line)
        if text is None:
            break
        started = time.process_time()
        encoders.for_text(text).encode([text])
        encoded = time.process_time()
        page = ranker.page(_asked(text, number)).page
        ended = time.process_time()
        shown = repr((page.placed, page.total, page.facets, page.notes, page.alternatives))
        digest = hashlib.blake2b(shown.encode(), digest_size=8).hexdigest()
        answer = {"encode_s": encoded - started, "page_s": ended - encoded, "digest": digest}
        print(json.dumps(answer), flush=True)
    print(generation.n, flush=True)


def _asked(text: str, number: int) -> Query:
    return Query(
        query_id=f"q{number}",
        surface=Surface.SEARCH,
        visitor_id="bench",
        at_us=1,
        query_text=text,
    )


if __name__ == "__main__":
    make_pages(Path(sys.argv[1]))
