"""A small simulated shop, through the line up to the index, made once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from baihuo import connect, privacy, quality
from baihuo.core import ShopPaths
from baihuo.core.progress import silent
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders
from baihuo.engine import DuckTables
from baihuo.index import Generation, build
from baihuo.models import TreesConfig
from baihuo.quality import QualityReport
from baihuo.simulate import make_shop
from baihuo.train import ClickData, ClickTraining, TrainResult, click_data, learn

QUICK = ClickTraining(
    network_epochs=12,
    trees=TreesConfig(n_trees=60, patience=15),
    validation_share=0.2,
    test_share=0.25,
)


class Words:
    """Every word is a random direction: texts that share words are near. No weights to load."""

    name, hash, dim = "multilingual", "words", 32

    def encode(self, texts: Sequence[str], *, progress: Any = silent) -> np.ndarray:
        return np.array([self._of(text) for text in texts], dtype=np.float32)

    def _of(self, text: str) -> np.ndarray:
        total = np.zeros(self.dim)
        for word in text.lower().split():
            digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
            seed = int.from_bytes(digest, "big")
            total += np.random.default_rng(seed).normal(size=self.dim)
        length = float(np.linalg.norm(total))
        return total / length if length else total


@dataclass(frozen=True)
class Line:
    """What the stages before training left."""

    root: Path
    events: Path
    products: Path
    truth: Path
    quality: QualityReport
    generation: Generation
    tables: DuckTables


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    root = tmp_path_factory.mktemp("train")
    tables = DuckTables(threads=1)
    shop = make_shop(root / "shop", seed=3, n_products=400, n_events=60_000)
    connect.import_files(
        [shop.events, shop.products],
        raw=ShopPaths(root).raw,
        tables=tables,
        mask=privacy.column_mask(bytes(32)),
    )
    report = quality.clean(
        tables,
        events=connect.segments(ShopPaths(root).raw, "events"),
        products=connect.segments(ShopPaths(root).raw, "products"),
        out=ShopPaths(root).clean,
        rules=quality.load_rules(None),
    )
    products = table_to_products(pq.read_table(ShopPaths(root).clean_products))
    encoders = Encoders({"multilingual": Words()})
    folder = build(products, encoders=encoders, cache=None, out=ShopPaths(root).index)
    return Line(
        root,
        ShopPaths(root).clean_events,
        ShopPaths(root).clean_products,
        shop.truth,
        report,
        Generation.open(folder, encoders),
        tables,
    )


@pytest.fixture(scope="session")
def data(line: Line) -> ClickData:
    return click_data(
        line.tables,
        events=line.events,
        products=line.products,
        generation=line.generation,
        out=ShopPaths(line.root).features,
        config=QUICK,
    )


@pytest.fixture(scope="session")
def trained(line: Line, data: ClickData) -> TrainResult:
    return learn(
        line.tables,
        data,
        line.generation,
        events=line.events,
        run=ShopPaths(line.root).train / "first",
        config=QUICK,
    )
