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
from tests.quality.chosen import CLEANING, only

from baihuo import connect, privacy, quality
from baihuo.core import ShopPaths
from baihuo.core.progress import no_progress
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders
from baihuo.engine import DuckTables
from baihuo.index import Generation, build
from baihuo.quality import QualityReport
from baihuo.simulate import make_shop
from baihuo.train import (
    ClickData,
    ClickSource,
    ClickTrainer,
    ClickTraining,
    TrainResult,
    click_data,
)

QUICK = ClickTraining(
    models={"network": {"max_epochs": 12}, "trees": {"n_trees": 60, "patience": 15}},
    validation_share=0.2,
    test_share=0.25,
)


class Words:
    """Every word is a random direction: texts that share words are near. No weights to load."""

    name, hash, dim = "multilingual", "words", 32

    def encode(self, texts: Sequence[str], *, progress: Any = no_progress) -> np.ndarray:
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
class Shop:
    """What the stages before training left."""

    root: Path
    events: Path
    products: Path
    truth: Path
    quality: QualityReport
    generation: Generation
    tables: DuckTables

    @property
    def source(self) -> ClickSource:
        return ClickSource(
            tables=self.tables,
            events=self.events,
            products=self.products,
            generation=self.generation,
        )

    def trainer(self, out: Path, run: Path, **more: Any) -> ClickTrainer:
        return ClickTrainer(
            **{"source": self.source, "out": out, "run": run, "config": QUICK, **more}
        )


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root = tmp_path_factory.mktemp("train")
    tables = DuckTables(threads=1)
    simulated = make_shop(root / "shop", seed=3, n_products=400, n_events=60_000)
    connect.import_files(
        [simulated.events, simulated.products],
        raw=ShopPaths(root).raw,
        tables=tables,
        mask=privacy.column_mask(bytes(32)),
    )
    report = quality.clean(
        tables,
        events=connect.segments(ShopPaths(root).raw, "events"),
        products=connect.segments(ShopPaths(root).raw, "products"),
        out=ShopPaths(root).clean,
        rules=only(*CLEANING),
    )
    products = table_to_products(pq.read_table(ShopPaths(root).clean_products))
    encoders = Encoders({"multilingual": Words()})
    folder = build(products, encoders=encoders, cache=None, out=ShopPaths(root).index)
    return Shop(
        root,
        ShopPaths(root).clean_events,
        ShopPaths(root).clean_products,
        simulated.truth,
        report,
        Generation.open(folder, encoders),
        tables,
    )


@pytest.fixture(scope="session")
def data(shop: Shop) -> ClickData:
    return click_data(shop.source, out=ShopPaths(shop.root).features, config=QUICK)


@pytest.fixture(scope="session")
def trained(shop: Shop, data: ClickData) -> TrainResult:
    paths = ShopPaths(shop.root)
    return shop.trainer(paths.features, paths.train / "first").fit(data)
