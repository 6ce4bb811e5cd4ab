"""A small simulated shop, through the line up to the index, made once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
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

    name, hash, dim = "multilingual", "words of 32", 32

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


_ENCODERS = Encoders({"multilingual": Words()})


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


def _make(root: Path) -> None:
    paths, tables = ShopPaths(root), DuckTables(threads=1)
    simulated = make_shop(root / "shop", seed=3, n_products=400, n_events=60_000)
    connect.import_files(
        [simulated.events, simulated.products],
        raw=paths.raw,
        tables=tables,
        mask=privacy.column_mask(bytes(32)),
    )
    quality.clean(
        tables,
        events=connect.segments(paths.raw, "events"),
        products=connect.segments(paths.raw, "products"),
        out=paths.clean,
        rules=only(*CLEANING),
    ).save(paths.quality_report)
    products = table_to_products(pq.read_table(paths.clean_products))
    build(products, encoders=_ENCODERS, cache=None, out=paths.index)


@pytest.fixture(scope="session")
def shop(made_once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = made_once("train_shop", _make)
    paths = ShopPaths(Path(shutil.copytree(made, tmp_path_factory.mktemp("train") / "shop")))
    (index,) = paths.index.glob("*/generation.json")
    return Shop(
        paths.root,
        paths.clean_events,
        paths.clean_products,
        paths.root / "shop" / "truth",
        QualityReport.load(paths.quality_report),
        Generation.open(index.parent, _ENCODERS),
        DuckTables(threads=1),
    )


@pytest.fixture(scope="session")
def data(shop: Shop) -> ClickData:
    return click_data(shop.source, out=ShopPaths(shop.root).features, config=QUICK)


@pytest.fixture(scope="session")
def trained(shop: Shop, data: ClickData) -> TrainResult:
    paths = ShopPaths(shop.root)
    return shop.trainer(paths.features, paths.train / "first").fit(data)
